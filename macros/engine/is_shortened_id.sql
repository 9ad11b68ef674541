{% macro is_shortened_id(column) %}{{ return(adapter.dispatch('is_shortened_id', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__is_shortened_id(column) -%}
    {#- No column that the raw view calls clean holds such an id; that is constant, so the column is not even read for it. -#}
    (position('|{{ column }}|' in clean_columns) = 0 and coalesce(spine_functions.is_shortened_id({{ column }}), false))
{%- endmacro %}
