{% macro to_date(column) %}{{ return(adapter.dispatch('to_date', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_date(column) -%}
    cast(spine_functions.to_utc_timestamp({{ column }}) as date)
{%- endmacro %}
