with segment_stays as (
    select * from {{ ref('int_segment_stays') }}
)

select
    customer_id,
    segment_key,
    {{ as_of_date() }} as as_of_date,
    segment_kind,
    entered_on,
    exited_on,
    entry_ordinal,
    is_early_reentry,
    rule_version,
    entry_cause,
    exit_cause
from segment_stays
