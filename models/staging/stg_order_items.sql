with order_items as (
    select * from {{ ref('base_order_items') }} where standing = 'staged'
)

select
    order_items.order_id,
    order_items.line_number,
    order_items.product_id,
    order_items.category,
    order_items.quantity,
    order_items.unit_price,
    order_items.unit_cost,
    order_items.loaded_at
from order_items
