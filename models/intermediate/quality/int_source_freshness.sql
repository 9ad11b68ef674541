with rules as (
    select * from {{ ref('source_freshness') }}
),

newest as (
    {%- for table, own_time in own_times().items() if table != 'events' %}
    {%- set day = own_time | replace('_at', '_on') %}
    select
        '{{ table }}' as table_name,
        max(case when {{ day }} <= {{ as_of_date() }} then {{ day }} end) as newest_on
    from {{ ref('stg_' ~ table) }}
    union all
    {%- endfor %}
    select 'events', max(newest_on)
    from {{ ref('int_event_name_quality') }}
)

select
    rules.table_name,
    newest.newest_on,
    {{ days_between('newest.newest_on', as_of_date()) }} as age_days,
    rules.max_age_days_warn,
    rules.max_age_days_error
from rules
left join newest on rules.table_name = newest.table_name
