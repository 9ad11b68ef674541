-- depends_on: {{ ref('base_products') }}
with customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

visitors as (
    select * from {{ ref('int_identifiers_resolved') }} where identifier_type = 'anonymous_id'
),

orders as (
    select * from {{ ref('base_orders') }}
),

touched_refunds as (
    select *, {{ local_date('refunded_at') }} as refunded_on from {{ ref('base_refunds') }} where {{ is_touched() }}
),

-- Every version counts, also those that no longer do: their days have lost something.
order_days as (
    select customer_id, ordered_on as activity_on from orders where {{ is_touched() }}
    union
    select customer_id, ordered_on from orders
    where order_id in (select order_id from {{ ref('base_order_items') }} where {{ is_touched() }})
    union
    select customer_id, refunded_on from touched_refunds
    union
    select orders.customer_id, touched_refunds.refunded_on
    from touched_refunds
    inner join orders on touched_refunds.order_id = orders.order_id
    union
    select orders.customer_id, orders.ordered_on
    from touched_refunds
    inner join orders on touched_refunds.order_id = orders.order_id
),

touched_events as (
    select customer_id, anonymous_id, {{ local_date('occurred_at') }} as activity_on
    from {{ ref('base_events') }}
    where {{ is_touched() }}
),

touched as (
    select customer_ids.customer_id, order_days.activity_on
    from order_days
    inner join customer_ids on order_days.customer_id = customer_ids.source_customer_id
    union
    select coalesce(customer_ids.customer_id, visitors.customer_id), touched_events.activity_on
    from touched_events
    left join customer_ids on touched_events.customer_id = customer_ids.source_customer_id
    left join visitors on touched_events.anonymous_id = visitors.identifier
    {%- if goes_on('int_customer_item_days') %}
    union
    select customer_id, activity_on
    from {{ this.incorporate(path={'identifier': 'int_customer_item_days'}) }}
    where product_id in (select product_id from {{ ref('base_products') }} where {{ is_touched() }})
    {%- endif %}
)

select * from touched
where customer_id is not null and activity_on is not null and {{ goes_on('int_customer_days') }}
