with kinds as (
    {% for table in raw_tables() %}
    select '{{ table }}' as table_name, null_columns, unreadable_columns, count(*) as count_versions
    from {{ ref('base_' ~ table) }}
    where standing in ('staged', 'superseded')
    group by null_columns, unreadable_columns
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

optional_columns as (
    {%- for table in raw_tables() %}
    {%- for column in contract_of(table) if not column.config.get('meta', {}).get('required') %}
    select '{{ table }}' as table_name, '{{ column.name }}' as subject
    union all
    {%- endfor %}
    {%- endfor %}
    select '', '' where false
),

counted as (
    select
        optional_columns.table_name,
        optional_columns.subject,
        sum(case when kinds.null_columns like '%|' || optional_columns.subject || '|%' then kinds.count_versions end)
            as null_rows,
        sum(case when kinds.unreadable_columns like '%|' || optional_columns.subject || '|%' then kinds.count_versions end)
            as unreadable_rows,
        sum(kinds.count_versions) as total_rows
    from optional_columns
    left join kinds on optional_columns.table_name = kinds.table_name
    group by optional_columns.table_name, optional_columns.subject
)

select
    'null_share' as metric,
    table_name,
    subject,
    coalesce(null_rows, 0) as affected_rows,
    coalesce(total_rows, 0) as total_rows
from counted
union all
select 'unreadable_values', table_name, subject, coalesce(unreadable_rows, 0), coalesce(total_rows, 0)
from counted
