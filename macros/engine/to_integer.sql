{% macro to_integer(column) %}{{ return(adapter.dispatch('to_integer', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_integer(column) -%}
    spine_functions.to_integer({{ column }})
{%- endmacro %}
