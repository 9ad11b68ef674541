with exceptions as (
    select * from {{ ref('base_order_items_exceptions') }}
),

-- Nearly all rows have a key that comes once, and can be used.
order_items as (
    select
        order_id, line_number, product_id, category, quantity, unit_price, unit_cost, loaded_at
    from {{ ref('base_order_items') }}
    where is_known and key_hash not in (select key_hash from exceptions)
    union all
    select
        order_id, line_number, product_id, category, quantity, unit_price, unit_cost, loaded_at
    from exceptions
    where row_status = 'staged'
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
