with segment_changes as (
    select * from {{ ref('int_segment_changes') }}
)

select
    customer_id,
    segment_key,
    {{ as_of_date() }} as as_of_date,
    segment_kind,
    changed_on,
    change,
    cause,
    from_segment_key,
    to_segment_key
from segment_changes
