with exceptions as (
    select * from {{ ref('base_events_exceptions') }}
),

-- Nearly all rows: their keys come once, and they can be used.
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
