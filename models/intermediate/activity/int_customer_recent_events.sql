{%- set as_of = as_of_date() %}

with events as {{ inlined() }} (
    select * from {{ ref('int_events_resolved') }} where customer_id is not null and occurred_on <= {{ as_of }}
),

history_day as (
    select * from {{ ref('int_history_day') }}
)

-- Carts, repeated views and what has happened since the day before share one pass over the events. Of carts the last one counts.
select
    events.customer_id,
    events.event_name,
    events.occurred_at,
    events.occurred_on,
    events.product_id,
    events.category,
    events.is_visit,
    events.is_usage,
    events.engagement_weight > 0 as is_engaging,
    events.affinity_interaction <> 'none' as shows_interest,
    coalesce(events.occurred_on > history_day.published_on, false) as is_since_published
from events
cross join history_day
where
    {{ in_last_days('events.occurred_on', 30) }}
    or events.event_name = 'added_to_cart'
    or events.occurred_on > history_day.published_on
