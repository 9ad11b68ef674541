{{ config(materialized='view') }}

with orders as (
    select * from {{ ref('stg_orders') }}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
)

select
    orders.order_id,
    customer_ids.customer_id,
    case
        when orders.customer_id is null then 'guest'
        when customer_ids.customer_id is null then 'unattributed'
        else 'customer'
    end as owner_kind,
    orders.ordered_at,
    orders.ordered_on,
    lower(orders.channel) as order_channel,
    orders.exchange_rate,
    orders.original_currency,
    {%- for money in ['amount', 'discount_amount', 'tax', 'shipping', 'difference'] %}
    orders.original_{{ money }},
    orders.{{ money }},
    {%- endfor %}
    orders.order_status,
    orders.is_completed,
    -- Models of order days and of money count the orders with this flag.
    orders.is_completed and orders.ordered_on <= {{ as_of_date() }} as is_counted
from orders
left join customer_ids on orders.customer_id = customer_ids.source_customer_id
