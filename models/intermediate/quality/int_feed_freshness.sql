with tables as (
    {%- for table, own_time in own_times().items() if table != 'events' %}
    {%- set day = own_time | replace('_at', '_on') %}
    select
        '{{ table }}' as table_name,
        {%- for week in recent_weeks() %}
        count(case when {{ day }} between {{ week.first_day }} and {{ week.last_day }} then 1 end) as {{ week.name }},
        {%- endfor %}
        max(case when {{ day }} <= {{ as_of_date() }} then {{ day }} end) as newest_on
    from {{ ref('stg_' ~ table) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

known_names as (
    select distinct source_event_name from {{ ref('event_taxonomy') }}
),

-- A name that no rule knows may be anything, personal data included.
events as (
    select
        case when {{ holds_address('names.source') }} then 'other' else names.source end as source,
        case when known_names.source_event_name is null then 'other' else names.event_name end as event_name,
        {%- for week in recent_weeks() %}
        sum(names.{{ week.name }}) as {{ week.name }},
        {%- endfor %}
        max(names.newest_on) as newest_on
    from {{ ref('int_event_name_quality') }} as names
    left join known_names on names.event_name = known_names.source_event_name
    group by 1, 2
)

select
    table_name,
    '' as source,
    '' as event_name,
    newest_on,
    {{ recent_weeks() | join(', ', attribute='name') }}
from tables
union all
select
    'events',
    source,
    event_name,
    newest_on,
    {{ recent_weeks() | join(', ', attribute='name') }}
from events
