{% macro text_at_key(object, key) %}{{ return(adapter.dispatch('text_at_key', 'segment_spine')(object, key)) }}{% endmacro %}

{% macro duckdb__text_at_key(object, key) -%}
    spine_functions.text_at_key({{ object }}, {{ key }})
{%- endmacro %}
