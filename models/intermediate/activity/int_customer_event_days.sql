with event_days as (
    select * from {{ ref('int_event_days') }}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

visitors as (
    select * from {{ ref('int_identifiers_resolved') }} where identifier_type = 'anonymous_id'
),

-- An event belongs to its customer id, else to the person its visitor is linked to.
owned as (
    select
        event_days.*,
        coalesce(customer_ids.customer_id, visitors.customer_id) as owner_id
    from event_days
    left join customer_ids on event_days.customer_id = customer_ids.source_customer_id
    left join visitors on event_days.anonymous_id = visitors.identifier
)

select
    owner_id as customer_id,
    occurred_on as activity_on,
    cast(sum(events) as bigint) as events,
    cast(sum(engagement_weight) as decimal(12, 2)) as engagement_weight,
    cast(sum(engaging_events) as bigint) as engaging_events
from owned
where owner_id is not null
group by owner_id, occurred_on
