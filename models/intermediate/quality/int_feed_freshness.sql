-- How new each feed is, and whether it still brings what it used to bring.
{%- set as_of = as_of_date() %}

with tables as (
    {%- for table, own_time in own_times().items() if table != 'events' %}
    {%- set day = own_time | replace('_at', '_on') %}
    select
        '{{ table }}' as table_name,
        max(case when {{ day }} <= {{ as_of }} then {{ day }} end) as newest_on,
        count(case when {{ day }} between {{ add_days(as_of, -6) }} and {{ as_of }} then 1 end) as rows_7d,
        count(case when {{ day }} between {{ add_days(as_of, -34) }} and {{ add_days(as_of, -7) }} then 1 end)
            as rows_previous_28d
    from {{ ref('stg_' ~ table) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

known_names as (
    select distinct source_event_name from {{ ref('event_taxonomy') }}
),

-- What nobody has named may be anything, personal data included.
events as (
    select
        names.source,
        case when known_names.source_event_name is null then 'other' else names.event_name end as event_name,
        max(names.newest_on) as newest_on,
        sum(names.rows_7d) as rows_7d,
        sum(names.rows_previous_28d) as rows_previous_28d
    from {{ ref('int_event_name_quality') }} as names
    left join known_names on names.event_name = known_names.source_event_name
    group by 1, 2
)

select table_name, '' as source, '' as event_name, newest_on, rows_7d, rows_previous_28d
from tables
union all
select 'events', source, event_name, newest_on, rows_7d, rows_previous_28d
from events
