with customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

customers as (
    select * from {{ ref('int_customers') }}
),

links as (
    select * from {{ ref('int_identity_links') }}
    where
        not is_set_apart
        and (count_customer_ids > 1 or (identifier_type = 'customer_id' and identifier <> customer_id))
),

joined as (
    select customer_id, identifier_type from links
    union
    select identifier, identifier_type from links where identifier_type = 'customer_id'
),

joined_by as (
    select
        customer_id,
        {{ joined_text('identifier_type') }} as joined_by
    from joined
    group by customer_id
)

select
    customer_ids.source_customer_id,
    {{ as_of_date() }} as as_of_date,
    customers.customer_id,
    customer_ids.source_customer_id <> customers.customer_id as is_merged,
    joined_by.joined_by
from customer_ids
inner join customers on customer_ids.customer_id = customers.customer_id
left join joined_by on customer_ids.source_customer_id = joined_by.customer_id
