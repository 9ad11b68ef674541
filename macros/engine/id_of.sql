{% macro id_of(column) %}{{ return(adapter.dispatch('id_of', 'segment_spine')(column)) }}{% endmacro %}

{% macro default__id_of(column) -%}
    {{ segment_spine.to_id(column) }}
{%- endmacro %}

{% macro duckdb__id_of(column) -%}
    {#- As in text_of: columns that need no mending are read as they lie. -#}
    case when position('|{{ column }}|' in clean_columns) > 0 then {{ column }} else {{ segment_spine.to_id(column) }} end
{%- endmacro %}
