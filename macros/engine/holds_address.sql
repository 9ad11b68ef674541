{% macro holds_address(value) %}{{ return(adapter.dispatch('holds_address', 'segment_spine')(value)) }}{% endmacro %}

{% macro duckdb__holds_address(value) -%}
    {#- Whether an e-mail address or an international phone number stands anywhere in a text. -#}
    spine_functions.holds_address({{ value }})
{%- endmacro %}
