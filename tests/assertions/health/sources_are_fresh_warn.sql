{{ config(tags=['health'], severity='warn') }}
-- The newest row of a watched table is old, or there is none.
with newest as (
    {%- for table, own_time in own_times().items() %}
    {%- set day = own_time | replace('_at', '_on') %}
    select
        '{{ table }}' as table_name,
        max(case when {{ day }} <= {{ as_of_date() }} then {{ day }} end) as newest_on
    from {{ ref('stg_' ~ table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    rules.table_name,
    newest.newest_on,
    rules.max_age_days_warn
from {{ ref('source_freshness') }} as rules
left join newest on rules.table_name = newest.table_name
where coalesce({{ days_between('newest.newest_on', as_of_date()) }} > rules.max_age_days_warn, true)
