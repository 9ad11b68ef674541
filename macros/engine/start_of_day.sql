{% macro start_of_day(day) %}{{ return(adapter.dispatch('start_of_day', 'segment_spine')(day)) }}{% endmacro %}

{% macro duckdb__start_of_day(day) -%}
    {#- The moment (UTC) at which a business day begins: the first midnight where clocks go back over it, which happens twice. -#}
    {%- set timezone = segment_spine.business_timezone() -%}
    {%- if timezone == 'UTC' -%}
        cast({{ day }} as timestamp)
    {%- else -%}
        {%- set midnight = "(cast(" ~ day ~ " as timestamp) at time zone '" ~ timezone ~ "') at time zone 'UTC'" -%}
        {%- set hour_before = '(' ~ midnight ~ ' - interval 1 hour)' -%}
        case when {{ segment_spine.local_date(hour_before) }} = {{ day }} then {{ hour_before }} else {{ midnight }} end
    {%- endif -%}
{%- endmacro %}
