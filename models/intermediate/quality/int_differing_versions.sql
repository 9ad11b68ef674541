with {% for table in raw_tables() -%}
{{ table }}_keys as (
    select
        {%- for column in compared_columns(table) %}
        case when count(distinct {{ row_as_text([column]) }}) > 1 then '|{{ column }}|' else '' end ||
        {%- endfor %} '' as differing_columns,
        {%- for column in compared_columns(table) if column in ['customer_id', own_times().get(table)] %}
        case when count(distinct {{ column }}) > 1 then '|{{ column }}|' else '' end ||
        {%- endfor %} '' as contradicting_columns
    from {{ ref(versions_table(table)) }}
    where
        row_status in ('staged', 'superseded')
        and {{ row_key(table) }} in (
            select {{ row_key(table) }} from {{ ref(versions_table(table)) }} where row_status = 'superseded'
        )
    group by {{ row_key(table) }}
),

{% endfor -%}
kinds as (
    {%- for table in raw_tables() %}
    select '{{ table }}' as table_name, differing_columns, contradicting_columns, count(*) as count_keys
    from {{ table }}_keys
    group by differing_columns, contradicting_columns
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

raw_columns as (
    {%- for table in raw_tables() %}
    {%- for column in contract_of(table) %}
    select '{{ table }}' as table_name, '{{ column.name }}' as subject
    union all
    {%- endfor %}
    {%- endfor %}
    select '', '' where false
),

counted as (
    select
        raw_columns.table_name,
        raw_columns.subject,
        sum(case when kinds.differing_columns like '%|' || raw_columns.subject || '|%' then kinds.count_keys else 0 end)
            as differing_keys,
        sum(case when kinds.contradicting_columns like '%|' || raw_columns.subject || '|%' then kinds.count_keys else 0 end)
            as contradicting_keys,
        sum(kinds.count_keys) as total_keys
    from raw_columns
    inner join kinds on raw_columns.table_name = kinds.table_name
    group by raw_columns.table_name, raw_columns.subject
)

select 'differing_versions' as metric, table_name, subject, differing_keys as affected_rows, total_keys as total_rows
from counted
where differing_keys > 0
union all
select 'contradicting_versions', table_name, subject, contradicting_keys, total_keys
from counted
where contradicting_keys > 0
