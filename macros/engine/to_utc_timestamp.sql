{% macro to_utc_timestamp(column) %}{{ return(adapter.dispatch('to_utc_timestamp', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_utc_timestamp(column) -%}
    {#- A day without a time of day begins when that business day begins. -#}
    {%- set timezone = segment_spine.business_timezone() -%}
    {%- if timezone == 'UTC' -%}
        spine_functions.to_utc_timestamp({{ column }})
    {%- else -%}
        spine_functions.to_moment({{ column }}, '{{ timezone }}')
    {%- endif -%}
{%- endmacro %}
