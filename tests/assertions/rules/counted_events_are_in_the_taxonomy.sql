{{ config(tags=['rules']) }}
-- What int_customer_event_days counts by its canonical name must have a row that leads to it.
with counted as (
    {%- for event_name, count_name in counted_events() %}
    select '{{ event_name }}' as event_name
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    'event_taxonomy' as rule_table,
    counted.event_name,
    'no row leads to this event, which is counted' as problem
from counted
left join {{ ref('event_taxonomy') }} as taxonomy on counted.event_name = taxonomy.event_name
where taxonomy.event_name is null
