{{ config(tags=['health'], group='spine') }}
-- Every customer has one engagement tier, and nobody else has any.
select
    coalesce(customers.customer_id, stated.customer_id) as customer_id,
    count(stated.engagement_tier) as count_engagement_tiers
from {{ ref('int_customers') }} as customers
full outer join {{ ref('int_customer_engagement_tiers') }} as stated on customers.customer_id = stated.customer_id
group by customers.customer_id, stated.customer_id
having count(stated.engagement_tier) <> 1 or customers.customer_id is null
