{% macro to_json_object(column) %}{{ return(adapter.dispatch('to_json_object', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_json_object(column) -%}
    spine_functions.to_json_object({{ column }})
{%- endmacro %}
