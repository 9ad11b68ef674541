{{ config(tags=['health', 'rows_shown'], group='spine') }}
-- Of the usable rows of a key one is staged: no key is lost to the choice between its versions.
with {% for table in raw_tables() -%}
{{ table }}_superseded as (
    select {{ row_key(table) }} as row_key
    from {{ ref(versions_table(table)) }}
    where row_status = 'superseded'
),

{{ table }}_staged as (
    select {{ row_key(table) }} as row_key
    from {{ ref(versions_table(table)) }}
    where row_status = 'staged' and {{ row_key(table) }} in (select row_key from {{ table }}_superseded)
),

{% endfor -%}
vanished as (
    {%- for table in raw_tables() %}
    select '{{ table }}' as table_name
    from {{ table }}_superseded
    where row_key not in (select row_key from {{ table }}_staged)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    table_name,
    count(*) as affected_rows
from vanished
group by table_name
