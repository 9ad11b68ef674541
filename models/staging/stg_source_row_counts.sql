{{ config(materialized='table') }}

{% set unreadable_rows = raw_rows('unreadable_rows', source('raw', 'unreadable_rows')) -%}

with counted as (
    {% for table in raw_tables() %}
    select
        '{{ table }}' as table_name,
        count(*) as readable_rows
    from {{ raw_rows(table, source('raw', table)) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

unreadable as (
    select
        table_name,
        count(*) as unreadable_rows
    from {{ unreadable_rows }}
    group by table_name
)

select
    counted.table_name,
    counted.readable_rows + coalesce(unreadable.unreadable_rows, 0) as raw_rows
from counted
left join unreadable on counted.table_name = unreadable.table_name
