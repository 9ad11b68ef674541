with value_tiers as (
    select * from {{ ref('int_customer_value_tiers') }}
)

select
    customer_id,
    {{ as_of_date() }} as as_of_date,
    value_tier_basis,
    value_basis,
    value_tier,
    'value_' || value_tier as segment_key
from value_tiers
