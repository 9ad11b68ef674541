{% macro day_alone(column) %}{{ return(adapter.dispatch('day_alone', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__day_alone(column) -%}
    spine_functions.day_alone({{ column }})
{%- endmacro %}
