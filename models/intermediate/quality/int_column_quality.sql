with {% for table in raw_tables() if table != 'events' -%}
{{ table }}_counts as (
    select
        {%- for column in optional_columns(table) %}
        count({{ column.name }}) as known_{{ column.name }},
        {%- if column.data_type not in ('id', 'text') %}
        count(case when unreadable_columns like '%|{{ column.name }}|%' then 1 end) as unreadable_{{ column.name }},
        {%- endif %}
        {%- endfor %}
        count(*) as total_rows
    from {{ ref('base_' ~ table) }}
    where
        {{ 'quarantine_reason is null and is_known' if table in large_tables() else "row_status in ('staged', 'superseded')" }}
),

{% endfor -%}
events_counts as (
    select
        {%- for column in optional_columns('events') %}
        coalesce(sum(known_{{ column.name }}), 0) as known_{{ column.name }},
        {%- if column.data_type not in ('id', 'text') %}
        coalesce(sum(unreadable_{{ column.name }}), 0) as unreadable_{{ column.name }},
        {%- endif %}
        {%- endfor %}
        coalesce(sum(usable_rows), 0) as total_rows
    from {{ ref('int_event_name_quality') }}
),

counted as (
    {%- for table in raw_tables() %}
    {%- for column in optional_columns(table) %}
    select
        '{{ table }}' as table_name,
        '{{ column.name }}' as subject,
        total_rows - known_{{ column.name }} as null_rows,
        {{ 'unreadable_' ~ column.name if column.data_type not in ('id', 'text') else '0' }} as unreadable_rows,
        total_rows
    from {{ table }}_counts
    union all
    {%- endfor %}
    {%- endfor %}
    select '', '', 0, 0, 0 where false
)

select
    'null_share' as metric,
    table_name,
    subject,
    null_rows as affected_rows,
    total_rows
from counted
union all
-- A column that is mostly empty, such as a flag, is judged by the values that it has.
select 'unreadable_values', table_name, subject, unreadable_rows, total_rows - null_rows + unreadable_rows
from counted
