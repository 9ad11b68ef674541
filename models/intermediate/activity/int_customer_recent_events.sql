{%- set as_of = as_of_date() %}
{%- set columns = [
    'customer_id', 'event_name', 'occurred_at', 'occurred_on', 'product_id', 'category', 'is_visit', 'is_usage', 'engagement_weight',
    'affinity_interaction',
] %}

with events as {{ inlined() }} (
    select * from {{ ref('int_events_resolved') }} where customer_id is not null and occurred_on <= {{ as_of }}
),

history_day as (
    select * from {{ ref('int_history_day') }}
),

-- A feature with a window of more than 30 days needs as many days in both places below. These are the older days: none,
-- unless the day before was published more than 30 days ago.
older_days as (
    select distinct event_days.activity_on
    from {{ ref('int_customer_event_days') }} as event_days
    inner join history_day on event_days.activity_on > history_day.published_on
    where not {{ in_last_days('event_days.activity_on', 30) }}
),

recent as {{ inlined() }} (
    select {{ columns | join(', ') }}
    from events
    where {{ in_last_days('occurred_on', 30) }} or event_name = 'added_to_cart'
    union all
    select events.{{ columns | join(', events.') }}
    from events
    inner join older_days on events.occurred_on = older_days.activity_on
    where coalesce(events.event_name <> 'added_to_cart', true)
)

-- Carts, repeated views and what has happened since the day before share one pass over the events.
select
    recent.customer_id,
    recent.event_name,
    recent.occurred_at,
    recent.occurred_on,
    recent.product_id,
    recent.category,
    recent.is_visit,
    recent.is_usage,
    recent.engagement_weight > 0 as is_engaging,
    recent.affinity_interaction <> 'none' as shows_interest,
    coalesce(recent.occurred_on > history_day.published_on, false) as is_since_published
from recent
cross join history_day
