{% macro rows_as_contract(table_name, relation) %}{{ return(adapter.dispatch('rows_as_contract', 'segment_spine')(table_name, relation)) }}{% endmacro %}

{% macro duckdb__rows_as_contract(table_name, relation) -%}
    {#- Columns are matched by name; those that are not brought are empty. A null without a type takes on any; the planner takes the empty half away. -#}
    (
        select
            {%- for name in segment_spine.column_names(table_name) %}
            {{ 'null' if relation else 'cast(null as varchar)' }} as {{ name }},
            {%- endfor %}
            cast(null as date) as file_dated_on,
            '' as clean_columns
        where false
        {%- if relation %}
        union all by name
        select *, '' as clean_columns from {{ relation }}
        {%- endif %}
    )
{%- endmacro %}
