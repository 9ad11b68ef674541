select
    id as event_id,
    type as event_name,
    datetime as occurred_at,
    person_id as customer_id,
    'klaviyo' as source,
    property_product_id as product_id,
    campaign_id,
    property_value as value,
    _fivetran_synced as loaded_at
from {{ source('klaviyo', 'event') }}
where lower(_fivetran_deleted) is distinct from 'true'
