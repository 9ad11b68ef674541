with event_days as (
    select * from {{ ref('int_event_days') }}
)

select
    customer_id,
    anonymous_id,
    min(first_occurred_at) as first_occurred_at
from event_days
group by customer_id, anonymous_id
