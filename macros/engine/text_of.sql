{% macro text_of(column) %}{{ return(adapter.dispatch('text_of', 'segment_spine')(column)) }}{% endmacro %}

{% macro default__text_of(column) -%}
    {{ segment_spine.to_text(column) }}
{%- endmacro %}

{% macro duckdb__text_of(column) -%}
    {#- The raw view says which columns need no trimming: that is constant, and those are read as they lie. -#}
    case when position('|{{ column }}|' in clean_columns) > 0 then {{ column }} else {{ segment_spine.to_text(column) }} end
{%- endmacro %}
