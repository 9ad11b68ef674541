with placed as (
    select
        product_number,
        1 + (product_number - 1) // 30 as category_number,
        (product_number - 1) % 30 as place
    from range(1, 241) as numbers (product_number)
)

select
    product_number,
    category_number,
    numbered('p', product_number, 4) as product_id,
    ['coffee', 'skincare', 'pet food', 'kitchen', 'apparel', 'outdoor', 'books', 'electronics'][category_number]
        as category,
    category_number <= 3 as is_consumable,
    case
        when category_number > 3 or product_number % 3 = 0 then null
        else [30, 30, 45, 28, 60, 30, 35][1 + product_number % 7]
    end as replenish_days,
    round([7, 9, 12, 14, 16, 22, 8, 28][category_number] * exp(0.085 * place), 2)::decimal(18, 2) as price,
    round(
        [7, 9, 12, 14, 16, 22, 8, 28][category_number] * exp(0.085 * place)
        * (0.35 + 0.3 * chance(product_number, 'cost')), 2
    )::decimal(18, 2) as unit_cost,
    ['Classic', 'Everyday', 'Bold', 'Gentle', 'Travel', 'Premium'][1 + product_number % 6] as style
from placed
