{{ config(tags=['rules']) }}
-- A canonical name is known under source any, so that a misspelt one is found; being a nuisance is no engagement; and what
-- int_customer_event_counts counts by its canonical name has a row that leads to it.
with taxonomy as (
    select * from {{ ref('event_taxonomy') }}
),

counted as (
    {%- for event_name in event_counts() | map(attribute='event_names') | sum(start=[]) | unique %}
    select '{{ event_name }}' as event_name
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

faults as (
    select source, source_event_name, 'engagement_weight is below 0' as problem
    from taxonomy
    where engagement_weight < 0
    union all
    select source, source_event_name, event_name || ' must weigh nothing'
    from taxonomy
    where
        engagement_weight <> 0
        and event_name in (
            'message_sent', 'message_delivered', 'message_bounced', 'message_complained', 'message_unsubscribed'
        )
    union all
    select taxonomy.source, taxonomy.source_event_name, taxonomy.event_name || ' has no row of its own under source any'
    from taxonomy
    left join taxonomy as canonical
        on canonical.source = 'any'
            and taxonomy.event_name = canonical.source_event_name
            and taxonomy.event_name = canonical.event_name
    where canonical.event_name is null
    union all
    select 'any', counted.event_name, 'no row leads to this event, which is counted'
    from counted
    left join taxonomy on counted.event_name = taxonomy.event_name
    where taxonomy.event_name is null
)

select
    'event_taxonomy' as rule_table,
    source,
    source_event_name,
    problem
from faults
