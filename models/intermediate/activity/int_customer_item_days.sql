with orders as (
    select *, ordered_on as activity_on from {{ ref('int_orders_resolved') }}
),

completed_orders as (
    select * from orders where is_completed and customer_id is not null
),

events as (
    select *, occurred_on as activity_on from {{ ref('int_events_resolved') }}
),

order_lines as (
    select
        orders.customer_id,
        orders.activity_on,
        lines.product_id,
        coalesce(lines.category, products.category) as category,
        count(*) as purchases
    from {{ ref('stg_order_items') }} as lines
    inner join completed_orders as orders on lines.order_id = orders.order_id
    left join {{ ref('stg_products') }} as products on lines.product_id = products.product_id
    group by orders.customer_id, orders.activity_on, lines.product_id, coalesce(lines.category, products.category)
),

interactions as (
    select
        customer_id,
        activity_on,
        product_id,
        category,
        count(case when affinity_interaction = 'view' then 1 end) as views,
        count(case when affinity_interaction = 'content' then 1 end) as contents,
        count(case when affinity_interaction = 'cart' then 1 end) as carts,
        count(case when event_name = 'product_viewed' then 1 end) as product_views,
        max(case when event_name = 'product_viewed' then occurred_at end) as last_viewed_at
    from events
    where customer_id is not null and (affinity_interaction <> 'none' or event_name = 'product_viewed')
    group by customer_id, activity_on, product_id, category
),

combined as (
    select
        customer_id, activity_on, product_id, category,
        views, contents, carts, 0 as purchases, product_views, last_viewed_at
    from interactions
    union all
    select
        customer_id, activity_on, product_id, category,
        0, 0, 0, purchases, 0, cast(null as timestamp)
    from order_lines
)

select
    customer_id,
    activity_on,
    product_id,
    category,
    cast(sum(views) as bigint) as views,
    cast(sum(contents) as bigint) as contents,
    cast(sum(carts) as bigint) as carts,
    cast(sum(purchases) as bigint) as purchases,
    cast(sum(product_views) as bigint) as product_views,
    max(last_viewed_at) as last_viewed_at
from combined
where product_id is not null or category is not null
group by customer_id, activity_on, product_id, category
-- A customer's days lie together: what groups by customer, or asks for some, has a fraction to do.
order by customer_id
