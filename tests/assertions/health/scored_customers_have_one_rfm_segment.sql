{{ config(tags=['health'], group='spine') }}
-- Every customer with a completed order has one RFM segment, which may be unscored, and nobody else has any.
with buyers as (
    select customer_id from {{ ref('int_customer_orders_windowed') }} where orders_life > 0
)

select
    coalesce(buyers.customer_id, scored.customer_id) as customer_id,
    count(scored.rfm_segment) as count_rfm_segments
from buyers
full outer join {{ ref('int_customer_rfm_segments') }} as scored on buyers.customer_id = scored.customer_id
group by buyers.customer_id, scored.customer_id
having count(scored.rfm_segment) <> 1 or buyers.customer_id is null
