with customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

customers as (
    select * from {{ ref('int_customers') }}
)

select
    customer_ids.source_customer_id,
    {{ as_of_date() }} as as_of_date,
    customers.customer_id,
    customer_ids.source_customer_id <> customers.customer_id as is_merged
from customer_ids
inner join customers on customer_ids.customer_id = customers.customer_id
