{{ config(tags=['health'], group='spine') }}
-- Every customer has one lifecycle stage, and nobody else has any.
select
    coalesce(customers.customer_id, stated.customer_id) as customer_id,
    count(stated.lifecycle_stage) as count_lifecycle_stages
from {{ ref('int_customers') }} as customers
full outer join {{ ref('int_customer_lifecycle') }} as stated on customers.customer_id = stated.customer_id
group by customers.customer_id, stated.customer_id
having count(stated.lifecycle_stage) <> 1 or customers.customer_id is null
