{% set as_of = as_of_date() -%}

with targets as (
    select * from {{ ref('int_row_trait_targets') }} where counted_in = 'event'
),

looked_at as (
    select * from {{ ref('int_row_trait_events') }}
),

events as {{ inlined() }} (
    select
        customer_id, anonymous_id, event_name, is_visit, is_usage, occurred_on, product_id, category, channel, source,
        campaign_id, properties
    from {{ ref('stg_events') }}
    union all
    select customer_id, null, 'ticket_opened', false, false, opened_on, null, null, null, null, null, null
    from {{ ref('stg_support_tickets') }}
),

scoped as {{ inlined() }} (
    select
        events.customer_id,
        events.anonymous_id,
        {{ days_between('events.occurred_on', as_of) }} as age,
        looked_at.activity,
        looked_at.scope,
        case looked_at.scope
            when 'any' then 'any'
            when 'category' then coalesce(events.category, products.category)
            when 'product' then events.product_id
            when 'channel' then events.channel
            when 'source' then events.source
            when 'campaign' then events.campaign_id
            else {{ text_at_key('events.properties', 'looked_at.property_key') }}
        end as scope_value
    from events
    inner join looked_at
        on events.event_name = looked_at.event_name
            and events.is_visit = looked_at.is_visit
            and events.is_usage = looked_at.is_usage
            and {{ days_between('events.occurred_on', as_of) }} between looked_at.from_days and looked_at.to_days
    left join {{ ref('stg_products') }} as products on events.product_id = products.product_id
),

hits as {{ inlined() }} (
    select
        coalesce(customer_ids.customer_id, visitors.customer_id) as customer_id,
        targets.target_id,
        -- Days are counted once each, all else by the event.
        case when targets.counts_days then scoped.age end as day_age,
        scoped.age
    from scoped
    inner join targets
        on scoped.activity = targets.activity
            and scoped.scope = targets.scope
            and scoped.scope_value = targets.scope_value
            and scoped.age between targets.from_days and targets.to_days
    left join {{ ref('int_customer_ids_resolved') }} as customer_ids
        on scoped.customer_id = customer_ids.source_customer_id
    left join {{ ref('int_identifiers_resolved') }} as visitors
        on scoped.anonymous_id = visitors.identifier and visitors.identifier_type = 'anonymous_id'
),

units as (
    select
        customer_id,
        target_id,
        day_age,
        case when day_age is null then count(*) else 1 end as occurrences,
        min(age) as last_age,
        max(age) as first_age
    from hits
    where customer_id is not null
    group by customer_id, target_id, day_age
)

select
    customer_id,
    target_id,
    cast(sum(occurrences) as bigint) as occurrences,
    min(last_age) as last_age,
    max(first_age) as first_age
from units
group by customer_id, target_id
