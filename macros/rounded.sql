{% macro rounded(expression, scale) -%}
    cast(round({{ expression }}, {{ scale }}) as decimal(18, {{ scale }}))
{%- endmacro %}

{% macro ratio(numerator, denominator) -%}
    {#- Six decimals, half away from zero; null where the denominator is zero, or so small that the ratio has over 11 digits. -#}
    {%- set quotient -%}
        cast({{ numerator }} as decimal(28, 10)) / nullif(cast({{ denominator }} as decimal(28, 10)), 0)
    {%- endset -%}
    cast(
        case when abs({{ quotient }}) < 100000000000 then round({{ quotient }}, 6) end
        as decimal(18, 6)
    )
{%- endmacro %}

{% macro change(now, before) -%}
    {#- now / before - 1; null where there was nothing before. -#}
    {{ segment_spine.ratio(now ~ ' - ' ~ before, before) }}
{%- endmacro %}
