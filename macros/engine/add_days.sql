{% macro add_days(date_column, days) %}{{ return(adapter.dispatch('add_days', 'segment_spine')(date_column, days)) }}{% endmacro %}

{% macro duckdb__add_days(date_column, days) -%}
    cast({{ date_column }} + interval ({{ days }}) day as date)
{%- endmacro %}
