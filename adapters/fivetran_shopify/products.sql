-- Deleted products stay: they have been sold.
with products as (
    select
        *,
        row_number() over (partition by id order by _fivetran_synced desc) as version
    from {{ source('fivetran_shopify', 'product') }}
)

select
    id as product_id,
    title as name,
    product_type as category
from products
where version = 1 or id is null
