{% macro joined_text(column) %}{{ return(adapter.dispatch('joined_text', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__joined_text(column) -%}
    string_agg({{ column }}, '|' order by {{ column }})
{%- endmacro %}
