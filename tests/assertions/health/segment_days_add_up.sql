{{ config(tags=['health', 'rows_shown']) }}
-- The sizes of the day are those of the day before, and who entered, less who left; causes add up to entries and exits, and
-- these are the rows of segment_changes. A segment that could not be computed has no sizes.
{%- set directions = {'entries': 'entered', 'exits': 'left'} %}
with days as (
    select * from {{ ref('segment_daily') }}
),

today as (
    select * from days where day = {{ as_of_date() }}
),

before as (
    select
        segment_key,
        customers
    from days
    where day = (select max(earlier.day) from days as earlier where earlier.day < {{ as_of_date() }})
),

changes as (
    select
        segment_key,
        {%- for counted, change in directions.items() %}
        {%- for cause in causes() %}
        count(case when change = '{{ change }}' and cause = '{{ cause }}' then 1 end) as {{ counted }}_{{ cause }},
        {%- endfor %}
        {%- endfor %}
        count(*) as movements
    from {{ ref('segment_changes') }}
    where changed_on = {{ as_of_date() }}
    group by segment_key
),

compared as (
    select segment_key, 'customers' as number, customers as stated, customers_before + entries - exits as expected from today
    union all
    {%- for counted in directions %}
    select
        segment_key,
        '{{ counted }}',
        {{ counted }},
        0
        {%- for cause in causes() %}
        + {{ counted }}_{{ cause }}
        {%- endfor %}
    from today
    union all
    {%- for cause in causes() %}
    {%- set column = counted ~ '_' ~ cause %}
    select today.segment_key, '{{ column }}', today.{{ column }}, coalesce(changes.{{ column }}, 0)
    from today
    left join changes on today.segment_key = changes.segment_key
    union all
    {%- endfor %}
    {%- endfor %}
    select today.segment_key, 'customers_before', today.customers_before, before.customers
    from today
    inner join before on today.segment_key = before.segment_key
)

select
    segment_key,
    number,
    stated,
    expected
from compared
where stated <> expected
union all
select changes.segment_key, 'movements of no segment of the day', changes.movements, 0
from changes
left join today on changes.segment_key = today.segment_key
where today.segment_key is null
