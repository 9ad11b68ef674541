{% macro to_id(column) %}{{ return(adapter.dispatch('to_id', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_id(column) -%}
    spine_functions.to_id({{ column }})
{%- endmacro %}
