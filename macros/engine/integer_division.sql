{% macro integer_division(dividend, divisor) %}{{ return(adapter.dispatch('integer_division', 'segment_spine')(dividend, divisor)) }}{% endmacro %}

{% macro duckdb__integer_division(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}
