{% set basis = one_of('value_tier_basis', var('value_tier_basis'), ['net_revenue_365d', 'net_revenue_life']) -%}

with orders as (
    select * from {{ ref('int_customer_orders_windowed') }}
),

tiers as (
    select * from {{ ref('value_tiers') }} where {{ is_valid_as_of() }}
),

histogram as (
    select
        {{ basis }} as value_basis,
        cast(sum(count(*)) over (order by {{ basis }} desc) - count(*) as bigint) as greater,
        cast(sum(count(*)) over () as bigint) as population
    from orders
    where {{ basis }} > 0
    group by {{ basis }}
)

-- Shares are compared by multiplication, so that no quotient is rounded.
select
    tiers.value_tier,
    min(histogram.value_basis) as least_value
from histogram
inner join tiers
    on tiers.has_value
        and histogram.greater >= tiers.min_share * histogram.population
        and histogram.greater < tiers.max_share * histogram.population
group by tiers.value_tier
