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
),

taxonomy as (
    select * from {{ ref('event_taxonomy') }}
),

owned as (
    select events.*, coalesce(customer_ids.customer_id, visitors.customer_id) as owner_id
    from events
    left join customer_ids on events.customer_id = customer_ids.source_customer_id
    left join visitors on events.anonymous_id = visitors.identifier
)

select
    events.event_id,
    events.owner_id as customer_id,
    events.occurred_at,
    events.occurred_on,
    coalesce(of_source.event_name, of_any.event_name) as event_name,
    coalesce(events.channel, of_source.channel, of_any.channel) as channel,
    events.product_id,
    coalesce(events.category, products.category) as category,
    coalesce(of_source.engagement_weight, of_any.engagement_weight, 0) as engagement_weight,
    coalesce(of_source.is_visit, of_any.is_visit, false) as is_visit,
    coalesce(of_source.is_usage, of_any.is_usage, false) as is_usage,
    coalesce(of_source.affinity_interaction, of_any.affinity_interaction, 'none') as affinity_interaction
from owned as events
left join products on events.product_id = products.product_id
left join taxonomy as of_source
    on events.event_name = of_source.source_event_name and events.source = of_source.source
left join taxonomy as of_any
    on events.event_name = of_any.source_event_name and of_any.source = 'any'
