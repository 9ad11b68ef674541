with events as (
    select * from {{ source('fivetran_klaviyo', 'event') }}
),

metrics as (
    select distinct id, name from {{ source('fivetran_klaviyo', 'metric') }}
)

select
    events.id as event_id,
    coalesce(metrics.name, events.type) as event_name,
    events.datetime as occurred_at,
    events.person_id as customer_id,
    'klaviyo' as source,
    events.campaign_id,
    events.property_value as value
from events
left join metrics on events.metric_id = metrics.id
where not coalesce(cast(events._fivetran_deleted as boolean), false)
