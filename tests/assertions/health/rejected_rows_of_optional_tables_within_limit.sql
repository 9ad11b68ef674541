{{ config(tags=['health', 'rows_shown'], severity='warn', group='spine') }}
-- Too many rows of an optional table set aside.
select
    table_name,
    raw_rows,
    quarantined_rows,
    quarantined_share
from {{ ref('int_source_reconciliation') }}
where table_name <> 'orders' and quarantined_share > {{ share('max_reject_share') }}
