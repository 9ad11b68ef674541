{{ config(tags=['health', 'rows_shown'], severity='error') }}
-- A segment far out of its usual size is more likely a fault than news: look before anybody acts on it.
select
    segment_key,
    customers,
    customer_share,
    min_share_error,
    max_share_error
from {{ ref('segment_health') }}
where
    coalesce(reason, '') <> 'too few customers to judge'
    and (customer_share < min_share_error or customer_share > max_share_error)
