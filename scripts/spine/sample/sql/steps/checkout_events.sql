-- One row per step on the way to an order, for the third of the orders whose way is seen.
with steps as (
    select
        event_key(number, 1, order_key % 4096, 0) as visit_key,
        number,
        second,
        product_number,
        unnest(range(4)) as step
    from shop_orders
    where not is_quiet and chance(order_key, 'seen on the way') < 0.36
)

select
    visit_key + step as happening_key,
    number as customer_number,
    case when chance(visit_key, 'seen by browser') < 0.4 then visitor_name(number, 1) end as anonymous_id,
    second - (4 - step) * 120 - whole(visit_key + step, 'pause', 100) as second,
    ['page_viewed', 'product_viewed', 'added_to_cart', 'checkout_started'][1 + step] as event_name,
    case when chance(visit_key, 'source') < 0.7 then 'shop' else 'ga4' end as source,
    'web' as channel,
    product_number,
    null as mailing_number
from steps
