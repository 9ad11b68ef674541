with orders as (
    select *, ordered_on as activity_on from {{ ref('int_orders_resolved') }}
),

refunds as (
    select *, counted_on as activity_on from {{ ref('int_refunds_resolved') }}
),

events as (
    select *, occurred_on as activity_on from {{ ref('int_events_resolved') }}
),

order_days as (
    select
        customer_id,
        activity_on,
        count(*) as orders,
        count(case when discount_amount > 0 then 1 end) as discounted_orders,
        cast(sum(amount) as decimal(18, 2)) as gross_revenue,
        max(ordered_at) as last_ordered_at
    from orders
    where is_completed and customer_id is not null
    group by customer_id, activity_on
),

refund_days as (
    select
        customer_id,
        activity_on,
        cast(sum(amount) as decimal(18, 2)) as refunded_amount
    from refunds
    where customer_id is not null
    group by customer_id, activity_on
),

event_days as (
    select
        customer_id,
        activity_on,
        cast(sum(engagement_weight) as decimal(12, 2)) as engagement_weight,
        count(case when engagement_weight > 0 then 1 end) as engaging_events,
        count(case when is_visit then 1 end) as visit_events,
        count(case when is_usage then 1 end) as usage_events,
        {%- for event_name, count_name in counted_events() %}
        count(case when event_name = '{{ event_name }}' then 1 end) as {{ count_name }},
        {%- endfor %}
        count(
            case when event_name in ('message_opened', 'message_clicked') and channel = 'email' then 1 end
        ) as emails_engaged,
        max(case when event_name = 'added_to_cart' then occurred_at end) as last_added_to_cart_at
    from events
    where customer_id is not null
    group by customer_id, activity_on
),

days as (
    select customer_id, activity_on from order_days
    union
    select customer_id, activity_on from refund_days
    union
    select customer_id, activity_on from event_days
)

select
    days.customer_id,
    days.activity_on,
    coalesce(order_days.orders, 0) as orders,
    coalesce(order_days.discounted_orders, 0) as discounted_orders,
    coalesce(order_days.gross_revenue, 0) as gross_revenue,
    coalesce(refund_days.refunded_amount, 0) as refunded_amount,
    cast(coalesce(order_days.gross_revenue, 0) - coalesce(refund_days.refunded_amount, 0) as decimal(18, 2)) as net_revenue,
    order_days.last_ordered_at,
    coalesce(event_days.engagement_weight, 0) as engagement_weight,
    coalesce(event_days.engaging_events, 0) as engaging_events,
    coalesce(event_days.visit_events, 0) as visit_events,
    coalesce(event_days.usage_events, 0) as usage_events,
    {%- for event_name, count_name in counted_events() %}
    coalesce(event_days.{{ count_name }}, 0) as {{ count_name }},
    {%- endfor %}
    coalesce(event_days.emails_engaged, 0) as emails_engaged,
    event_days.last_added_to_cart_at
from days
left join order_days
    on days.customer_id = order_days.customer_id and days.activity_on = order_days.activity_on
left join refund_days
    on days.customer_id = refund_days.customer_id and days.activity_on = refund_days.activity_on
left join event_days
    on days.customer_id = event_days.customer_id and days.activity_on = event_days.activity_on
-- A customer's days lie together: what groups by customer, or asks for some, has a fraction to do.
order by days.customer_id
