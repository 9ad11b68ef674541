{{ config(materialized='view') }}

with events as (
    select * from {{ ref('stg_events') }}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

visitors as (
    select * from {{ ref('int_identifiers_resolved') }} where identifier_type = 'anonymous_id'
),

products as (
    select * from {{ ref('stg_products') }}
)

select
    events.event_id,
    coalesce(customer_ids.customer_id, visitors.customer_id) as customer_id,
    events.occurred_at,
    events.occurred_on,
    events.event_name,
    events.channel,
    events.product_id,
    coalesce(events.category, products.category) as category,
    events.affinity_interaction,
    events.engagement_weight,
    events.is_visit,
    events.is_usage
from events
left join products on events.product_id = products.product_id
left join customer_ids on events.customer_id = customer_ids.source_customer_id
left join visitors on events.anonymous_id = visitors.identifier
