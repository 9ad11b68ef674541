with orders as (
    select * from {{ ref('int_orders_resolved') }} where is_counted and customer_id is not null
),

refunds as (
    select * from {{ ref('int_refunds_resolved') }} where customer_id is not null
),

movements as (
    select
        customer_id,
        ordered_on as activity_on,
        1 as orders,
        case when discount_amount > 0 then 1 else 0 end as discounted_orders,
        amount as gross_revenue,
        0 as refunded_amount,
        ordered_at
    from orders
    union all
    select
        customer_id,
        counted_on,
        0,
        0,
        0,
        amount,
        null
    from refunds
)

select
    customer_id,
    activity_on,
    cast(sum(orders) as bigint) as orders,
    cast(sum(discounted_orders) as bigint) as discounted_orders,
    cast(sum(gross_revenue) as decimal(18, 2)) as gross_revenue,
    cast(sum(refunded_amount) as decimal(18, 2)) as refunded_amount,
    cast(sum(gross_revenue) - sum(refunded_amount) as decimal(18, 2)) as net_revenue,
    max(ordered_at) as last_ordered_at
from movements
group by customer_id, activity_on
