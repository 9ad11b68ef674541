with targets as (
    select * from {{ ref('int_row_trait_targets') }} where counted_in = 'order'
),

orders as (
    select * from {{ ref('int_orders_resolved') }} where is_counted and customer_id is not null
),

refunds as (
    select * from {{ ref('int_refunds_resolved') }} where customer_id is not null
),

-- A refund is an activity of its own: it lowers the revenue of orders, and is no order.
movements as {{ inlined() }} (
    select customer_id, 'ordered' as activity, ordered_on as happened_on, order_channel, 1 as occurrences, amount from orders
    union all
    select customer_id, 'ordered', counted_on, order_channel, 0, -amount from refunds
    union all
    select customer_id, 'refunded', counted_on, order_channel, 1, amount from refunds
),

aged as {{ inlined() }} (
    select
        *,
        {{ days_between('happened_on', as_of_date()) }} as age
    from movements
),

hits as {{ inlined() }} (
    select
        aged.customer_id,
        targets.target_id,
        -- Days are counted once each, all else by the order.
        case when targets.counts_days then aged.age end as day_age,
        aged.occurrences,
        case when aged.occurrences > 0 then aged.age end as age,
        aged.amount
    from aged
    inner join targets
        on aged.activity = targets.activity
            and (targets.scope = 'any' or aged.order_channel = targets.scope_value)
            and aged.age between targets.from_days and targets.to_days
),

units as (
    select
        customer_id,
        target_id,
        case when day_age is null then sum(occurrences) else max(occurrences) end as occurrences,
        min(age) as last_age,
        max(age) as first_age,
        sum(amount) as amount
    from hits
    group by customer_id, target_id, day_age
)

select
    customer_id,
    target_id,
    cast(sum(occurrences) as bigint) as occurrences,
    min(last_age) as last_age,
    max(first_age) as first_age,
    sum(amount) as amount
from units
group by customer_id, target_id
