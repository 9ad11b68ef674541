{{ config(tags=['health', 'rows_shown'], group='spine') }}
-- Of the usable rows of a key one is staged: no key is lost to the choice between its versions.
{% for table in raw_tables() -%}
select
    '{{ table }}' as table_name,
    count(*) as affected_rows
from {{ ref(versions_table(table)) }}
where
    row_status = 'superseded'
    and {{ row_key(table) }} not in (
        select {{ row_key(table) }} from {{ ref(versions_table(table)) }} where row_status = 'staged'
    )
having count(*) > 0
{{ 'union all' if not loop.last }}
{% endfor %}
