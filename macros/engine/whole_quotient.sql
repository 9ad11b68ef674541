{% macro whole_quotient(dividend, divisor) %}{{ return(adapter.dispatch('whole_quotient', 'segment_spine')(dividend, divisor)) }}{% endmacro %}

{% macro duckdb__whole_quotient(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}
