with orders as (
    select * from {{ ref('int_orders_resolved') }} where is_counted and customer_id is not null
),

products as (
    select * from {{ ref('stg_products') }}
),

lines as (
    select
        *,
        {{ in_bounds('coalesce(quantity, 1)') }} as units,
        {{ in_bounds('cast(coalesce(quantity, 1) as decimal(38, 4)) * cast(unit_price as decimal(38, 4))') }} as line_amount
    from {{ ref('stg_order_items') }}
)

select
    orders.customer_id,
    orders.order_id,
    orders.ordered_on,
    lines.product_id,
    coalesce(lines.category, products.category) as category,
    lines.units,
    case
        when {{ is_beyond_money('lines.line_amount', 'orders.exchange_rate') }} then 0
        else {{ in_reporting_currency('lines.line_amount', 'orders.exchange_rate') }}
    end as amount
from lines
inner join orders on lines.order_id = orders.order_id
left join products on lines.product_id = products.product_id
