with order_days as (
    select customer_id, activity_on
    from {{ ref('int_customer_order_days') }}
    where orders > 0
),

with_previous as (
    select
        customer_id,
        activity_on as ordered_on,
        lag(activity_on) over (partition by customer_id order by activity_on) as previous_ordered_on
    from order_days
)

select
    customer_id,
    ordered_on,
    {{ days_between('previous_ordered_on', 'ordered_on') }} as gap_days
from with_previous
where previous_ordered_on is not null
