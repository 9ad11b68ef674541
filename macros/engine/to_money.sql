{% macro to_money(column) %}{{ return(adapter.dispatch('to_money', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_money(column) -%}
    spine_functions.to_money({{ column }})
{%- endmacro %}
