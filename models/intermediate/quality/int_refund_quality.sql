with feeds as (
    select * from {{ ref('int_feeds') }} where feed = 'refunds'
),

orders as (
    select * from {{ ref('stg_orders') }} where is_completed and order_status in ('refunded', 'partially_refunded')
),

refunded_orders as (
    select distinct order_id from {{ ref('stg_refunds') }} where order_id is not null
),

counted as (
    select
        orders.order_status,
        count(*) as total_rows,
        count(case when refunded_orders.order_id is null then 1 end) as affected_rows
    from orders
    left join refunded_orders on orders.order_id = refunded_orders.order_id
    group by orders.order_status
)

-- Rows are counted and not money: a status does not say how much of a partly refunded order was given back.
select
    case when counted.order_status = 'refunded' and not feeds.is_there then 'implied_refunds' else 'missing_refunds' end
        as metric,
    counted.order_status as subject,
    counted.affected_rows,
    counted.total_rows
from counted
cross join feeds
