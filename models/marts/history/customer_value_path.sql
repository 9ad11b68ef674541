with customer_value_paths as (
    select * from {{ ref('int_customer_value_paths') }}
)

select
    customer_id,
    {{ as_of_date() }} as as_of_date,
    value_tier,
    value_tier_30d_ago,
    path_30d,
    value_tier_90d_ago,
    path_90d,
    'value_' || value_tier as segment_key,
    'value_' || value_tier_30d_ago as segment_key_30d_ago,
    'value_' || value_tier_90d_ago as segment_key_90d_ago
from customer_value_paths
