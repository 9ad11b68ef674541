{% macro within(expression, smallest, greatest) -%}
    case when {{ expression }} between {{ smallest }} and {{ greatest }} then {{ expression }} end
{%- endmacro %}
