{% macro to_boolean(column) %}{{ return(adapter.dispatch('to_boolean', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_boolean(column) -%}
    spine_functions.to_boolean({{ column }})
{%- endmacro %}
