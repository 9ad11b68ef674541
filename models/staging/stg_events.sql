with events as (
    select * from {{ ref('base_events') }} where standing = 'staged'
)

select
    events.event_id,
    events.event_name,
    events.occurred_at,
    {{ local_date('events.occurred_at') }} as occurred_on,
    events.customer_id,
    events.anonymous_id,
    lower(events.source) as source,
    lower(events.channel) as channel,
    events.product_id,
    events.category,
    events.campaign_id,
    events.value,
    events.properties,
    events.loaded_at
from events
