{{ config(tags=['health'], group='spine') }}
-- Every customer has one value tier, and nobody else has any.
select
    coalesce(customers.customer_id, stated.customer_id) as customer_id,
    count(stated.value_tier) as count_value_tiers
from {{ ref('int_customers') }} as customers
full outer join {{ ref('int_customer_value_tiers') }} as stated on customers.customer_id = stated.customer_id
group by customers.customer_id, stated.customer_id
having count(stated.value_tier) <> 1 or customers.customer_id is null
