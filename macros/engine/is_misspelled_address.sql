{% macro is_misspelled_address(value) %}{{ return(adapter.dispatch('is_misspelled_address', 'segment_spine')(value)) }}{% endmacro %}

{% macro duckdb__is_misspelled_address(value) -%}
    {#- A text that has the sign of an e-mail address, or a plus before a digit, and cannot be read as an address. -#}
    coalesce(spine_functions.seems_address({{ value }}) and spine_functions.to_address({{ value }}) is null, false)
{%- endmacro %}
