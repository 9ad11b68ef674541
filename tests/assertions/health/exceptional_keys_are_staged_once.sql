{{ config(tags=['health', 'rows_shown'], group='spine') }}
-- The keys of a large table that come more than once are stored, and one row of each is staged; all others come once. So the
-- keys of its staged rows, a view over the input, are unique.
{% for table in large_tables() -%}
select
    '{{ table }}' as table_name,
    count(*) as affected_rows
from {{ ref(versions_table(table)) }}
where row_status = 'staged'
group by {{ row_key(table) }}
having count(*) > 1
{{ 'union all' if not loop.last }}
{% endfor %}
