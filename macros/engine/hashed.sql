{% macro hashed(text) %}{{ return(adapter.dispatch('hashed', 'segment_spine')(text)) }}{% endmacro %}

{% macro duckdb__hashed(text) -%}
    hash({{ text }})
{%- endmacro %}
