{% macro local_date(timestamp_column) %}{{ return(adapter.dispatch('local_date', 'segment_spine')(timestamp_column)) }}{% endmacro %}

{% macro duckdb__local_date(timestamp_column) -%}
    {%- set timezone = segment_spine.business_timezone() -%}
    {%- if timezone == 'UTC' -%}
        cast({{ timestamp_column }} as date)
    {%- else -%}
        cast(({{ timestamp_column }} at time zone 'UTC') at time zone '{{ timezone }}' as date)
    {%- endif -%}
{%- endmacro %}
