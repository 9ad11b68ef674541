with events as (
    select * from {{ ref('stg_events') }}
),

taxonomy as (
    select * from {{ ref('event_taxonomy') }}
),

meant as (
    select
        events.customer_id,
        events.anonymous_id,
        events.occurred_on,
        events.occurred_at,
        coalesce(of_source.event_name, of_any.event_name) as event_name,
        coalesce(events.channel, of_source.channel, of_any.channel) as channel,
        coalesce(of_source.engagement_weight, of_any.engagement_weight, 0) as engagement_weight,
        coalesce(of_source.is_visit, of_any.is_visit, false) as is_visit,
        coalesce(of_source.is_usage, of_any.is_usage, false) as is_usage
    from events
    left join taxonomy as of_source
        on events.event_name = of_source.source_event_name and events.source = of_source.source
    left join taxonomy as of_any
        on events.event_name = of_any.source_event_name and of_any.source = 'any'
    where events.customer_id is not null or events.anonymous_id is not null
)

-- By the ids of the source: whose they are is asked of few rows then, and of a day only once.
select
    customer_id,
    anonymous_id,
    occurred_on,
    count(*) as events,
    min(occurred_at) as first_occurred_at,
    cast(sum(engagement_weight) as decimal(12, 2)) as engagement_weight,
    count(case when engagement_weight > 0 then 1 end) as engaging_events,
    count(case when is_visit then 1 end) as visit_events,
    count(case when is_usage then 1 end) as usage_events,
    {%- for event_name, count_name in counted_events() %}
    count(case when event_name = '{{ event_name }}' then 1 end) as {{ count_name }},
    {%- endfor %}
    count(case when event_name in ('message_opened', 'message_clicked') and channel = 'email' then 1 end) as emails_engaged,
    max(case when event_name = 'added_to_cart' then occurred_at end) as last_added_to_cart_at
from meant
group by customer_id, anonymous_id, occurred_on
