{{ config(tags=['health'], severity='error', group='spine') }}
-- Records of order files that cannot be read as rows count as set aside, too.
select
    table_name,
    raw_rows,
    quarantined_rows,
    quarantined_share
from {{ ref('int_source_reconciliation') }}
where table_name = 'orders' and quarantined_share > {{ share('max_reject_share') }}
