with orders as (
    select * from {{ ref('base_orders') }} where standing = 'staged'
),

statuses as (
    select * from {{ ref('order_statuses') }}
)

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    orders.ordered_on,
    orders.channel,
    orders.loaded_at,
    orders.currency_code as original_currency,
    orders.amount as original_amount,
    orders.exchange_rate,
    {{ in_reporting_currency('orders.amount', 'orders.exchange_rate') }} as amount,
    {{ in_reporting_currency('coalesce(orders.discount_amount, 0)', 'orders.exchange_rate') }}
        as discount_amount,
    lower(coalesce(orders.status, 'completed')) as source_status,
    coalesce(statuses.order_status, 'unmapped') as order_status,
    coalesce(statuses.is_revenue, false) as is_completed
from orders
left join statuses on lower(coalesce(orders.status, 'completed')) = statuses.source_status
