with order_lines as (
    select
        *,
        row_number() over (partition by id order by _fivetran_synced desc) as version
    from {{ source('fivetran_shopify', 'order_line') }}
)

select
    order_id,
    row_number() over (partition by order_id order by index, id) as line_number,
    product_id,
    quantity,
    price as unit_price
from order_lines
where version = 1 or id is null
