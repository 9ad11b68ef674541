{% macro computed_once() %}{{ return(adapter.dispatch('computed_once', 'segment_spine')()) }}{% endmacro %}

{% macro default__computed_once() -%}
{%- endmacro %}

{% macro duckdb__computed_once() -%}
    {#- DuckDB computes what is read twice anew each time if it looks cheap, and regular expressions look cheap to it. -#}
    materialized
{%- endmacro %}
