{% macro to_utc_timestamp(column) %}{{ return(adapter.dispatch('to_utc_timestamp', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_utc_timestamp(column) -%}
    spine_functions.to_utc_timestamp({{ column }})
{%- endmacro %}
