{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- A segment out of its usual size is worth a look.
select
    segment_key,
    customers,
    customer_share,
    min_share_warn,
    max_share_warn
from {{ ref('segment_health') }}
where
    coalesce(reason, '') <> 'too few customers to judge'
    and (customer_share < min_share_warn or customer_share > max_share_warn)
