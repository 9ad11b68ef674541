with carts as (
    select * from {{ ref('int_customer_recent_events') }} where event_name = 'added_to_cart'
)

select
    customer_id,
    count(case when {{ in_last_days('occurred_on', 30) }} then 1 end) as carts_30d,
    max(occurred_at) as last_added_to_cart_at
from carts
group by customer_id
