with orders as (
    select * from {{ ref('int_customer_orders_windowed') }} where orders_life > 0
)

select
    customer_id,
    {{ days_between('last_ordered_on', as_of_date()) }} as recency_days,
    orders_in_rfm_window as frequency,
    net_revenue_in_rfm_window as monetary
from orders
