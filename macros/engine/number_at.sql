{% macro number_at(value, position) %}{{ return(adapter.dispatch('number_at', 'segment_spine')(value, position)) }}{% endmacro %}

{% macro duckdb__number_at(value, position) -%}
    {#- The first or second number of 'a' or 'a..b', of at most 6 decimals; null for anything else. -#}
    {%- set number = '(-?\\d{1,15}(?:\\.\\d{1,6})?)' -%}
    try_cast(
        regexp_extract({{ value }}, '^{{ number }}(?:\.\.{{ number }})?$', {{ position }}) as decimal(24, 6)
    )
{%- endmacro %}
