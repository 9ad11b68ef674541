with joined as (
    select
        order_lines.*,
        shop_orders.order_number,
        shop_orders.second,
        unnest(copies_of(order_lines.order_key * 8 + order_lines.line_number)) as version
    from order_lines
    inner join shop_orders on shop_orders.order_key = order_lines.order_key
)

select
    order_name(order_number) as order_id,
    line_number::integer as line_number,
    product_id,
    case when chance(order_key * 8 + line_number, 'category given') < 0.9 then category end as category,
    quantity,
    unit_price,
    case when version <> 2 then unit_cost end as unit_cost,
    at_second(loaded_second(second, order_key, version)) as loaded_at
from joined
order by order_id, line_number, loaded_at, version
