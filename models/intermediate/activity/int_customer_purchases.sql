with orders as (
    select * from {{ ref('int_orders_resolved') }} where is_completed and customer_id is not null
),

products as (
    select * from {{ ref('stg_products') }}
),

lines as (
    select * from {{ ref('stg_order_items') }} where product_id is not null or category is not null
)

select
    orders.customer_id,
    orders.ordered_on,
    lines.product_id,
    coalesce(lines.category, products.category) as category,
    count(*) as purchases
from lines
inner join orders on lines.order_id = orders.order_id
left join products on lines.product_id = products.product_id
group by orders.customer_id, orders.ordered_on, lines.product_id, coalesce(lines.category, products.category)
