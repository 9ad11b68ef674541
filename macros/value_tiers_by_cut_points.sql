{% macro value_tiers_by_cut_points(bases, tiers) -%}
    {#- Within the day: the tier with the greatest least value of the last full run that is reached, below all the lowest. -#}
    select
        value_basis,
        value_tier,
        rule_version
    from (
        select
            value_bases.value_basis,
            cut_points.value_tier,
            tiers.version as rule_version,
            row_number() over (
                partition by value_bases.value_basis
                order by
                    case when cut_points.least_value <= value_bases.value_basis then 0 else 1 end,
                    abs(value_bases.value_basis - cut_points.least_value)
            ) as nearness
        from (select distinct value_basis from {{ bases }} where value_basis > 0) as value_bases
        cross join {{ this.incorporate(path={'identifier': 'int_value_tier_cut_points'}) }} as cut_points
        inner join {{ tiers }} as tiers on cut_points.value_tier = tiers.value_tier
    ) as ranked
    where nearness = 1
{%- endmacro %}
