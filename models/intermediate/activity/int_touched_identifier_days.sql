with moved as (
    select * from {{ ref('int_moved_identifiers') }}
),

moved_ids as (
    select identifier as customer_id from moved where identifier_type = 'customer_id'
),

orders as {{ inlined() }} (
    select * from {{ ref('base_orders') }}
),

-- Every version counts, also those that no longer do. Each reason stands by itself: one that holds for nothing costs nothing.
touched_orders as (
    select order_id, customer_id, ordered_on from orders where {{ is_touched() }}
    union all
    select order_id, customer_id, ordered_on from orders
    where order_id in (select order_id from {{ ref('base_order_items') }} where {{ is_touched() }})
    union all
    select order_id, customer_id, ordered_on from orders where customer_id in (select customer_id from moved_ids)
),

refunds as {{ inlined() }} (
    select *, {{ local_date('refunded_at') }} as refunded_on from {{ ref('base_refunds') }}
),

touched_refunds as (
    select order_id, customer_id, refunded_on from refunds where {{ is_touched() }}
    union all
    select order_id, null, refunded_on from refunds where order_id in (select order_id from touched_orders)
    union all
    select null, customer_id, refunded_on from refunds where customer_id in (select customer_id from moved_ids)
),

refunded_orders as (
    select orders.customer_id, orders.ordered_on, refunds.refunded_on
    from touched_refunds as refunds
    inner join orders on refunds.order_id = orders.order_id
),

order_days as (
    select customer_id, ordered_on as activity_on from touched_orders
    union
    select customer_id, refunded_on from touched_refunds
    union
    select customer_id, refunded_on from refunded_orders
    union
    select customer_id, ordered_on from refunded_orders
),

events as {{ inlined() }} (
    select customer_id, anonymous_id, {{ local_date('occurred_at') }} as occurred_on, refreshed_in from {{ ref('base_events') }}
),

touched_events as (
    select * from events where {{ is_touched() }}
    union all
    select * from events where customer_id in (select customer_id from moved_ids)
    union all
    select * from events where anonymous_id in (select identifier from moved where identifier_type = 'anonymous_id')
),

named as (
    select 'customer_id' as identifier_type, customer_id as identifier, activity_on from order_days
    union
    select 'customer_id', customer_id, occurred_on from touched_events
    union
    select 'anonymous_id', anonymous_id, occurred_on from touched_events
)

select
    identifier_type,
    identifier,
    activity_on
from named
where identifier is not null and activity_on is not null and {{ goes_on('int_customer_days') }}
