{% macro rounded(expression, scale) -%}
    cast(round({{ expression }}, {{ scale }}) as decimal(18, {{ scale }}))
{%- endmacro %}

{% macro ratio(numerator, denominator) -%}
    {#- Six decimals, half away from zero; null where the denominator is zero. -#}
    cast(
        round(cast({{ numerator }} as decimal(28, 10)) / nullif(cast({{ denominator }} as decimal(28, 10)), 0), 6)
        as decimal(18, 6)
    )
{%- endmacro %}

{% macro change(now, before) -%}
    {#- now / before - 1; null where there was nothing before. -#}
    {{ segment_spine.ratio(now ~ ' - ' ~ before, before) }}
{%- endmacro %}
