with views as (
    select *
    from {{ ref('int_customer_recent_events') }}
    where event_name = 'product_viewed' and {{ in_last_days('occurred_on', 7) }}
),

orders as (
    select * from {{ ref('int_customer_orders_windowed') }}
),

items as (
    select customer_id, 'product' as item_kind, product_id as item, occurred_at
    from views
    where product_id is not null
    union all
    select customer_id, 'category', category, occurred_at
    from views
    where category is not null
),

viewed as (
    select
        customer_id,
        item_kind,
        item,
        count(*) as product_views,
        max(occurred_at) as last_viewed_at
    from items
    group by customer_id, item_kind, item
)

select
    viewed.customer_id,
    cast(max(viewed.product_views) as bigint) as repeat_views_7d
from viewed
left join orders on viewed.customer_id = orders.customer_id
where orders.last_ordered_at is null or orders.last_ordered_at < viewed.last_viewed_at
group by viewed.customer_id
