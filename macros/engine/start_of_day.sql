{% macro start_of_day(day) %}{{ return(adapter.dispatch('start_of_day', 'segment_spine')(day)) }}{% endmacro %}

{% macro duckdb__start_of_day(day) -%}
    {#- The moment (UTC) at which a business day begins. -#}
    (cast({{ day }} as timestamp) at time zone '{{ segment_spine.business_timezone() }}') at time zone 'UTC'
{%- endmacro %}
