{{ config(tags=['health', 'rows_shown'], severity='warn', group='spine') }}
-- Too many rows of an optional table set aside; orders and refunds have tests of their own.
select
    table_name,
    raw_rows,
    quarantined_rows,
    quarantined_share
from {{ ref('int_source_reconciliation') }}
where table_name not in ('orders', 'refunds') and quarantined_share > {{ share('max_reject_share') }}
