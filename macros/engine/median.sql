{% macro median(column) %}{{ return(adapter.dispatch('median', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__median(column) -%}
    cast(quantile_cont({{ column }}, 0.5) as decimal(18, 1))
{%- endmacro %}
