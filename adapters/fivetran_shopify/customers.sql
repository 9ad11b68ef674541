with customers as (
    select
        *,
        row_number() over (partition by id order by _fivetran_synced desc) as version
    from {{ source('fivetran_shopify', 'customer') }}
)

select
    id as customer_id,
    email,
    phone,
    first_name,
    last_name,
    created_at as signed_up_at
from customers
where (version = 1 or id is null) and not coalesce(cast(_fivetran_deleted as boolean), false)
