{% macro seems_address(value) %}{{ return(adapter.dispatch('seems_address', 'segment_spine')(value)) }}{% endmacro %}

{% macro duckdb__seems_address(value) -%}
    spine_functions.seems_address({{ value }})
{%- endmacro %}
