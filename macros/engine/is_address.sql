{% macro is_address(column) %}{{ return(adapter.dispatch('is_address', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__is_address(column) -%}
    (({{ column }} like 'email:%' or {{ column }} like 'phone:%') and length({{ column }}) = 38)
{%- endmacro %}
