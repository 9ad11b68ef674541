with exceptions as (
    select * from {{ ref('base_events_exceptions') }}
),

taxonomy as (
    select * from {{ ref('event_taxonomy') }}
),

-- Nearly all rows have a key that comes once, and can be used.
events as (
    select
        event_id, event_name, occurred_at, customer_id, anonymous_id, source, channel, product_id, category,
        campaign_id, value, properties, loaded_at
    from {{ ref('base_events') }}
    where is_known and key_hash not in (select key_hash from exceptions)
    union all
    select
        event_id, event_name, occurred_at, customer_id, anonymous_id, source, channel, product_id, category,
        campaign_id, value, properties, loaded_at
    from exceptions
    where row_status = 'staged'
)

select
    events.event_id,
    events.event_name as source_event_name,
    coalesce(of_source.event_name, of_any.event_name) as event_name,
    events.occurred_at,
    {{ local_date('events.occurred_at') }} as occurred_on,
    events.customer_id,
    events.anonymous_id,
    lower(events.source) as source,
    coalesce(lower(events.channel), of_source.channel, of_any.channel) as channel,
    events.product_id,
    events.category,
    events.campaign_id,
    events.value,
    events.properties,
    events.loaded_at,
    coalesce(of_source.engagement_weight, of_any.engagement_weight, 0) as engagement_weight,
    coalesce(of_source.is_visit, of_any.is_visit, false) as is_visit,
    coalesce(of_source.is_usage, of_any.is_usage, false) as is_usage,
    coalesce(of_source.affinity_interaction, of_any.affinity_interaction, 'none') as affinity_interaction
from events
left join taxonomy as of_source
    on events.event_name = of_source.source_event_name and lower(events.source) = of_source.source
left join taxonomy as of_any
    on events.event_name = of_any.source_event_name and of_any.source = 'any'
