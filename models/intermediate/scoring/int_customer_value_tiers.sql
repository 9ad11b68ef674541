{% set basis = one_of('value_tier_basis', var('value_tier_basis'), ['net_revenue_365d', 'net_revenue_life']) -%}

with customers as (
    select * from {{ ref('int_customers') }}
),

orders as (
    select * from {{ ref('int_customer_orders_windowed') }}
),

tiers as (
    select * from {{ ref('value_tiers') }} where {{ is_valid_as_of() }}
),

bases as (
    select
        customers.customer_id,
        coalesce(orders.{{ basis }}, cast(0 as decimal(18, 2))) as value_basis
    from customers
    left join orders on customers.customer_id = orders.customer_id
),

{% if var('within_day') -%}
tiered_values as (
    {{ value_tiers_by_cut_points('bases', 'tiers') }}
)
{%- else -%}
histogram as (
    select
        value_basis,
        cast(sum(count(*)) over (order by value_basis desc) - count(*) as bigint) as greater,
        cast(sum(count(*)) over () as bigint) as population
    from bases
    where value_basis > 0
    group by value_basis
),

-- Shares are compared by multiplication, so that no quotient is rounded.
tiered_values as (
    select
        histogram.value_basis,
        tiers.value_tier,
        tiers.version as rule_version
    from histogram
    inner join tiers
        on tiers.has_value
            and histogram.greater >= tiers.min_share * histogram.population
            and histogram.greater < tiers.max_share * histogram.population
)
{%- endif %}

select
    bases.customer_id,
    bases.value_basis,
    '{{ basis }}' as value_tier_basis,
    coalesce(tiered_values.value_tier, no_value.value_tier) as value_tier,
    coalesce(tiered_values.rule_version, no_value.version) as rule_version
from bases
left join tiered_values on bases.value_basis = tiered_values.value_basis
left join tiers as no_value on not no_value.has_value and bases.value_basis <= 0
