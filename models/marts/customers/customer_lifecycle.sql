with lifecycle as (
    select * from {{ ref('int_customer_lifecycle') }}
)

select
    customer_id,
    {{ as_of_date() }} as as_of_date,
    lifecycle_stage,
    first_ordered_on,
    last_ordered_on,
    days_since_first_order,
    days_since_last_order,
    gap_days,
    days_since_gap,
    is_churned,
    'lifecycle_' || lifecycle_stage as segment_key
from lifecycle
