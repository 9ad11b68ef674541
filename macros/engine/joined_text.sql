{% macro joined_text(column) %}{{ return(adapter.dispatch('joined_text', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__joined_text(column) -%}
    {#- A third of the time of string_agg with an order. -#}
    array_to_string(list_sort(list({{ column }}) filter (where {{ column }} is not null)), '|')
{%- endmacro %}
