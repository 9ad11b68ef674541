with products as (
    select * from {{ ref('base_products') }} where row_status = 'staged'
)

select
    products.product_id,
    products.name,
    products.category,
    products.unit_cost,
    products.is_consumable,
    products.replenish_days
from products
