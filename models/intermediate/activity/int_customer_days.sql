{% set named_counts = counted_events() | map('last') | list -%}
{% set event_counts = ['engaging_events', 'visit_events', 'usage_events', 'emails_engaged'] + named_counts -%}

with orders as (
    select *, ordered_on as activity_on from {{ ref('int_orders_resolved') }}
),

refunds as (
    select *, counted_on as activity_on from {{ ref('int_refunds_resolved') }}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

visitors as (
    select * from {{ ref('int_identifiers_resolved') }} where identifier_type = 'anonymous_id'
),

-- An event belongs to its customer id, else to the person its visitor is linked to.
event_days_of_persons as (
    select
        event_days.*,
        coalesce(customer_ids.customer_id, visitors.customer_id) as person_id
    from {{ ref('int_event_days') }} as event_days
    left join customer_ids on event_days.customer_id = customer_ids.source_customer_id
    left join visitors on event_days.anonymous_id = visitors.identifier
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
        person_id as customer_id,
        occurred_on as activity_on,
        cast(sum(engagement_weight) as decimal(12, 2)) as engagement_weight,
        {%- for count_name in event_counts %}
        cast(sum({{ count_name }}) as bigint) as {{ count_name }},
        {%- endfor %}
        max(last_added_to_cart_at) as last_added_to_cart_at
    from event_days_of_persons
    where person_id is not null
    group by person_id, occurred_on
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
    {%- for count_name in event_counts %}
    coalesce(event_days.{{ count_name }}, 0) as {{ count_name }},
    {%- endfor %}
    event_days.last_added_to_cart_at
from days
left join order_days
    on days.customer_id = order_days.customer_id and days.activity_on = order_days.activity_on
left join refund_days
    on days.customer_id = refund_days.customer_id and days.activity_on = refund_days.activity_on
left join event_days
    on days.customer_id = event_days.customer_id and days.activity_on = event_days.activity_on
