{% macro to_address(column) %}{{ return(adapter.dispatch('to_address', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_address(column) -%}
    spine_functions.to_address({{ column }})
{%- endmacro %}
