with orders as (
    select
        order_id, order_total, order_subtotal, discount_total, tax_total, shipping_total, fee_total,
        refund_items as refunds
    from {{ source('woocommerce', 'webtoffee_orders') }}
    union
    select order_id, order_total, null, discount_total, tax_total, shipping_total, fee_total, refunds
    from {{ source('woocommerce', 'skyverge_orders') }}
    union
    select order_id, order_total, null, discount_total, tax_total, shipping_total, fee_total, null
    from {{ source('woocommerce', 'skyverge_order_items') }}
),

amounts as (
    select
        order_id,
        refunds,
        coalesce(try_cast(fee_total as decimal(18, 4)), 0) as fees,
        try_cast(order_subtotal as decimal(18, 4)) - coalesce(try_cast(discount_total as decimal(18, 4)), 0) as subtotal,
        try_cast(order_total as decimal(18, 4)) - coalesce(try_cast(tax_total as decimal(18, 4)), 0)
        - coalesce(try_cast(shipping_total as decimal(18, 4)), 0) - coalesce(try_cast(fee_total as decimal(18, 4)), 0)
            as merchandise
    from orders
),

refunds_of_items as (
    select count(distinct order_id) as orders
    from {{ source('woocommerce', 'skyverge_order_items') }}
    where try_cast(refunded_total as decimal(18, 4)) <> 0
),

counted as (
    select
        count(distinct order_id) as orders,
        count(distinct case when fees <> 0 then order_id end) as with_fees,
        count(distinct case when refunds is not null then order_id end) as with_refunds,
        count(distinct case when abs(subtotal - merchandise) > 0.05 then order_id end) as differing
    from amounts
)

select
    'times of orders name no zone, and are taken to be in {{ var('woocommerce_time_zone') }} (var woocommerce_time_zone).'
        as note
from counted
where orders > 0
union all
select 'fees of ' || with_fees || ' of ' || orders || ' orders are no merchandise: they are the difference of invoices.'
from counted
where with_fees > 0
union all
select
    'refunds of ' || with_refunds || ' orders hold tax and shipping: of each counts the share that merchandise has in the '
    || 'total of its order.'
from counted
where with_refunds > 0
union all
select
    'in ' || differing || ' of ' || orders || ' orders order_subtotal - discount_total is not order_total - tax_total - '
    || 'shipping_total - fee_total; the latter is taken.'
from counted
where differing > 0
union all
select
    orders || ' orders of an export of one row per item were refunded, which that export does not date: their refunds are '
    || 'missing. Export one row per order (format Default).'
from refunds_of_items
where orders > 0
