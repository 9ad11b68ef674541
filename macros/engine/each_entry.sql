{% macro each_entry(list) %}{{ return(adapter.dispatch('each_entry', 'segment_spine')(list)) }}{% endmacro %}

{% macro duckdb__each_entry(list) -%}
    {#- In the list of a select: a row for each entry of 'a|b'. -#}
    unnest(string_split({{ list }}, '|'))
{%- endmacro %}
