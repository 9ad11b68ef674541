with
{%- for table in raw_tables() %}
counts_of_{{ table }} as (
    select
        {%- for column in contract_of(table) if not column.config.get('meta', {}).get('required') %}
        count(case when {{ column.name }} is null then 1 end) as null_{{ column.name }},
        count(case when unreadable_columns like '%|{{ column.name }}|%' then 1 end) as unreadable_{{ column.name }},
        {%- endfor %}
        count(*) as total_rows
    from {{ ref('base_' ~ table) }}
    where quarantine_reason is null and is_known
),
{% endfor %}
combined as (
    {%- for table in raw_tables() %}
    {%- set outer_loop = loop %}
    {%- for column in contract_of(table) if not column.config.get('meta', {}).get('required') %}
    select
        'null_share' as metric,
        '{{ table }}' as table_name,
        '{{ column.name }}' as subject,
        null_{{ column.name }} as affected_rows,
        total_rows
    from counts_of_{{ table }}
    union all
    select 'unreadable_values', '{{ table }}', '{{ column.name }}', unreadable_{{ column.name }}, total_rows
    from counts_of_{{ table }}
    union all
    {%- endfor %}
    {%- endfor %}
    select 'null_share', 'orders', 'none', 0, 0
    where false
)

select * from combined
