with segment_transitions as (
    select * from {{ ref('int_segment_transitions') }}
)

select
    day,
    {{ as_of_date() }} as as_of_date,
    segment_kind,
    from_segment_key,
    to_segment_key,
    customers,
    net_revenue_365d
from segment_transitions
