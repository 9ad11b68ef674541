{{ config(materialized='incremental', meta={'replaced':
    {'by': 'int_affected_identifiers', 'where': {'identifier_type': "'customer_id'", 'identifier': 'source_customer_id'}}
}) }}

-- depends_on: {{ ref('int_affected_identifiers') }}
with source_ids as (
    select *, customer_id as source_customer_id from {{ ref('int_customer_ids') }}
),

customer_ids as (
    select * from source_ids where not is_junk and {{ is_replaced() }}
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
