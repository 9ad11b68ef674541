select
    product_id,
    style || ' ' || category || ' no. ' || product_number::varchar as name,
    category,
    unit_cost,
    is_consumable,
    replenish_days::integer as replenish_days
from catalogue
order by product_id
