with value_tiers as (
    select * from {{ ref('int_customer_value_tiers') }} where value_basis > 0
)

select
    value_tier,
    min(value_basis) as least_value
from value_tiers
group by value_tier
