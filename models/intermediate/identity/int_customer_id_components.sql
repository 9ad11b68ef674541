-- The linter does not know the `using key` of connected_components.
-- noqa: disable=PRS
with recursive links as (
    select *
    from {{ ref('int_identity_links') }}
    where not is_set_apart
),

-- Every link names a customer id, so the graph of customer ids joined by a shared identifier has the same components.
shared_links as (
    select
        customer_id,
        case
            when identifier_type = 'customer_id' then identifier
            else min(customer_id) over (partition by identifier_type, identifier)
        end as linked_customer_id
    from links
),

edges as (
    select customer_id as from_id, linked_customer_id as to_id from shared_links where customer_id <> linked_customer_id
    union
    select linked_customer_id, customer_id from shared_links where customer_id <> linked_customer_id
),

{{ connected_components('edges') }}

select
    node as customer_id,
    component
from components
