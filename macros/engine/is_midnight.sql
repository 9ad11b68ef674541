{% macro is_midnight(column) %}{{ return(adapter.dispatch('is_midnight', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__is_midnight(column) -%}
    spine_functions.is_midnight({{ column }})
{%- endmacro %}
