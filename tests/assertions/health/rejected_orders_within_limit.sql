{{ config(tags=['health'], severity='error', group='spine') }}
-- Too many orders set aside: what is left would mislead. orders is the only required table.
select
    table_name,
    raw_rows,
    quarantined_rows,
    quarantined_share
from {{ ref('int_source_reconciliation') }}
where table_name = 'orders' and quarantined_share > {{ share('max_reject_share') }}
