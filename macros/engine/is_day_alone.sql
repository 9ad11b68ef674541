{% macro is_day_alone(column) %}{{ return(adapter.dispatch('is_day_alone', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__is_day_alone(column) -%}
    spine_functions.is_day_alone({{ column }})
{%- endmacro %}
