{% macro inlined() %}{{ return(adapter.dispatch('inlined', 'segment_spine')()) }}{% endmacro %}

{% macro default__inlined() -%}
{%- endmacro %}

{% macro duckdb__inlined() -%}
    {#- DuckDB keeps what is read twice in memory: for the rows of the largest tables too much. -#}
    not materialized
{%- endmacro %}
