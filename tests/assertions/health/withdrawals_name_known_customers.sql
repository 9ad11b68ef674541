{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Withdrawals of ids and addresses that no other table knows protect nobody: most likely they bear ids of another system, or an
-- address in a spelling that none of yours has. docs/own_data.md has a query that lists their records.
select
    affected_rows,
    total_rows,
    affected_share
from {{ ref('data_quality') }}
where metric = 'withdrawals_of_strangers' and affected_share > {{ share('max_reject_share') }}
