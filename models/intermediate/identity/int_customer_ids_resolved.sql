with customer_ids as (
    select * from {{ ref('int_customer_ids') }} where not is_junk
),

components as (
    select * from {{ ref('int_customer_id_components') }}
),

grouped as (
    select
        customer_ids.customer_id as source_customer_id,
        customer_ids.first_seen_at,
        customer_ids.first_seen_on,
        coalesce(components.component, customer_ids.customer_id) as component
    from customer_ids
    left join components on customer_ids.customer_id = components.customer_id
)

select
    source_customer_id,
    first_seen_at,
    first_seen_on,
    -- First seen, then smallest: the id stays put as the graph grows.
    first_value(source_customer_id) over (
        partition by component
        order by first_seen_at nulls last, source_customer_id
    ) as customer_id
from grouped
