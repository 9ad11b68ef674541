{% macro to_text(column) %}{{ return(adapter.dispatch('to_text', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_text(column) -%}
    spine_functions.to_text({{ column }})
{%- endmacro %}
