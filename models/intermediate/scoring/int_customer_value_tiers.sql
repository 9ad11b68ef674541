{% set basis = value_basis() -%}

with customers as (
    select * from {{ ref('int_customers') }}
),

orders as (
    select * from {{ ref('int_customer_orders_windowed') }}
),

unmet_needs as (
    select * from {{ ref('int_trait_needs') }} where trait = 'value_tier' and not is_met
),

tiers as (
    select * from {{ ref('value_tiers') }} where {{ is_valid_as_of() }}
),

cut_points as (
    select * from {{ ref('int_value_tier_cut_points') }}
),

bases as (
    select
        customers.customer_id,
        coalesce(orders.{{ basis }}, cast(0 as decimal(18, 2))) as value_basis
    from customers
    left join orders on customers.customer_id = orders.customer_id
),

-- From its own least value up to that of the tier above. The lowest tier takes whoever has value at all.
bounds as (
    select
        value_tier,
        case when lag(least_value) over (order by least_value) is null then 0 else least_value end as least_value,
        lead(least_value) over (order by least_value) as tier_above_from
    from cut_points
)

select
    bases.customer_id,
    bases.value_basis,
    '{{ basis }}' as value_tier_basis,
    coalesce(bounds.value_tier, no_value.value_tier) as value_tier,
    coalesce(tiers.version, no_value.version) as rule_version
from bases
left join bounds
    on bases.value_basis > 0
        and bases.value_basis >= bounds.least_value
        and coalesce(bases.value_basis < bounds.tier_above_from, true)
left join tiers on bounds.value_tier = tiers.value_tier
left join tiers as no_value on not no_value.has_value and bases.value_basis <= 0
where not exists (select 1 from unmet_needs)
