{% macro to_rate(column) %}{{ return(adapter.dispatch('to_rate', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_rate(column) -%}
    spine_functions.to_rate({{ column }})
{%- endmacro %}
