{% macro rounded_quotient(numerator, denominator) %}{{ return(adapter.dispatch('rounded_quotient', 'segment_spine')(numerator, denominator)) }}{% endmacro %}

{% macro duckdb__rounded_quotient(numerator, denominator) -%}
    {#- Six decimals, half away from zero. DuckDB divides decimals as doubles, which may fall short of a half: there whole numbers are divided. -#}
    spine_functions.rounded_quotient({{ numerator }}, {{ denominator }})
{%- endmacro %}
