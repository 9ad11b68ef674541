{{ config(tags=['health', 'rows_shown'], group='spine') }}
-- The ledger goes forward: what it goes on from was published as of an earlier day than this.
select published_on
from {{ ref('int_history_day') }}
where published_on >= {{ as_of_date() }}
