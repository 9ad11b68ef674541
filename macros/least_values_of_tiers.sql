{% macro least_values_of_tiers(orders, tiers) -%}
    {#- A query of the least value of each tier: by their shares, in the histogram of the values of customers who have any. -#}
    {%- set basis = segment_spine.value_basis() %}
    {#- Shares are compared by multiplication, so that no quotient is rounded. #}
    select
        tiers.value_tier,
        min(histogram.value_basis) as least_value
    from (
        select
            {{ basis }} as value_basis,
            cast(sum(count(*)) over (order by {{ basis }} desc) - count(*) as bigint) as greater,
            cast(sum(count(*)) over () as bigint) as population
        from {{ orders }}
        where {{ basis }} > 0
        group by {{ basis }}
    ) as histogram
    inner join {{ tiers }} as tiers
        on tiers.has_value
            and histogram.greater >= tiers.min_share * histogram.population
            and histogram.greater < tiers.max_share * histogram.population
    group by tiers.value_tier
{%- endmacro %}

{% macro value_basis() -%}
    {{ return(segment_spine.one_of('value_tier_basis', var('value_tier_basis'), ['net_revenue_365d', 'net_revenue_life'])) }}
{%- endmacro %}
