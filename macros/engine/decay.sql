{% macro decay(age_in_days, half_life_days) %}{{ return(adapter.dispatch('decay', 'segment_spine')(age_in_days, half_life_days)) }}{% endmacro %}

{% macro default__decay(age_in_days, half_life_days) -%}
    {#- Rounded to a decimal, so that sums do not depend on the order of addition. -#}
    cast(round(power(0.5, cast({{ age_in_days }} as double) / {{ half_life_days }}), 12) as decimal(38, 12))
{%- endmacro %}
