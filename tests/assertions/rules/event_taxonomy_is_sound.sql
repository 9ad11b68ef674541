{{ config(tags=['rules']) }}
-- A canonical name is known under source any, so that a misspelt one is found; being a nuisance is no engagement; what models
-- count by its canonical name has a row that leads to it; and no event has the name of another activity of traits.csv.
with taxonomy as (
    select * from {{ ref('event_taxonomy') }}
),

-- Models name these, and traits may be counted by them.
named as (
    select 'product_viewed' as event_name union all select 'added_to_cart'
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
    select
        taxonomy.source,
        taxonomy.source_event_name,
        taxonomy.event_name || ' has no row of its own under source any: misspelt, or add a row any,' || taxonomy.event_name
        || ',' || taxonomy.event_name || ' with its channel, weight and marks'
    from taxonomy
    left join taxonomy as canonical
        on canonical.source = 'any'
            and taxonomy.event_name = canonical.source_event_name
            and taxonomy.event_name = canonical.event_name
    where canonical.event_name is null
    union all
    select 'any', named.event_name, 'no row leads to this event, which is counted'
    from named
    left join taxonomy on named.event_name = taxonomy.event_name
    where taxonomy.event_name is null
    union all
    select source, source_event_name, event_name || ' is another activity of traits.csv, or a list; name the event otherwise'
    from taxonomy
    where
        event_name in (
            {%- for activity in activities_besides_events() %}
            '{{ activity }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
        or position('|' in event_name) > 0
)

select
    'event_taxonomy' as rule_table,
    source,
    source_event_name,
    problem
from faults
