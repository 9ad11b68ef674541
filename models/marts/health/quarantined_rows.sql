with quarantined as (
    select * from {{ ref('int_quarantined_rows') }}
)

select
    table_name,
    {{ as_of_date() }} as as_of_date,
    row_key,
    quarantine_reason,
    row_json
from quarantined
