with events as {{ inlined() }} (
    select *
    from {{ ref('int_events_resolved') }}
    where
        customer_id is not null and category is not null and affinity_interaction <> 'none'
        and occurred_on <= {{ as_of_date() }}
),

purchases as (
    select *
    from {{ ref('int_customer_purchases') }}
    where category is not null
),

weights as (
    select * from {{ ref('affinity_weights') }}
),

-- Once per day, not per row.
decays as (
    select
        activity_on,
        {{ decay(days_between('activity_on', as_of_date()), 90) }} as decay
    from (
        select activity_on from {{ ref('int_customer_event_days') }} where activity_on <= {{ as_of_date() }}
        union
        select activity_on from {{ ref('int_customer_order_days') }}
    ) as days
),

interests as (
    select
        events.customer_id,
        events.category,
        sum(weights.weight * decays.decay) as points,
        0 as purchases
    from events
    inner join weights on events.affinity_interaction = weights.interaction
    inner join decays on events.occurred_on = decays.activity_on
    group by events.customer_id, events.category
    union all
    select
        purchases.customer_id,
        purchases.category,
        sum(weights.weight * decays.decay),
        count(*)
    from purchases
    inner join weights on weights.interaction = 'purchase'
    inner join decays on purchases.ordered_on = decays.activity_on
    group by purchases.customer_id, purchases.category
)

select
    customer_id,
    category,
    {{ rounded('sum(points)', 6) }} as affinity_points,
    cast(sum(purchases) as bigint) as purchases
from interests
group by customer_id, category
