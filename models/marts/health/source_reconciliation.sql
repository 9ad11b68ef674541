with reconciliation as (
    select * from {{ ref('int_source_reconciliation') }}
)

select
    table_name,
    {{ as_of_date() }} as as_of_date,
    raw_rows,
    staged_rows,
    superseded_rows,
    quarantined_rows,
    not_yet_known_rows,
    is_reconciled,
    quarantined_share
from reconciliation
