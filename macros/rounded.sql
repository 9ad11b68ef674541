{% macro rounded(expression, scale) -%}
    cast(round({{ expression }}, {{ scale }}) as decimal(18, {{ scale }}))
{%- endmacro %}

{% macro ratio(numerator, denominator) -%}
    {#- Six decimals, half away from zero; null where the denominator is zero, or so small that the ratio has over 11 digits. -#}
    {%- set dividend = 'cast(' ~ numerator ~ ' as decimal(28, 8))' -%}
    {%- set divisor = 'nullif(cast(' ~ denominator ~ ' as decimal(28, 8)), 0)' -%}
    cast(
        case when abs({{ dividend }} / {{ divisor }}) < 100000000000 then {{ segment_spine.rounded_quotient(dividend, divisor) }} end
        as decimal(18, 6)
    )
{%- endmacro %}

{% macro change(now, before) -%}
    {#- now / before - 1; null where there was nothing before. -#}
    {{ segment_spine.ratio(now ~ ' - ' ~ before, before) }}
{%- endmacro %}
