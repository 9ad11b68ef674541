{% macro number_at(value, position) %}{{ return(adapter.dispatch('number_at', 'segment_spine')(value, position)) }}{% endmacro %}

{% macro duckdb__number_at(value, position) -%}
    {#- The first or second number of 'a..b'; null for what is not a number. -#}
    try_cast(split_part({{ value }}, '..', {{ position }}) as decimal(24, 6))
{%- endmacro %}
