with counted as (
    select
        *,
        unnest(range(1, case
            when chance(order_key, 'lines') < 0.50 then 2
            when chance(order_key, 'lines') < 0.76 then 3
            when chance(order_key, 'lines') < 0.90 then 4
            when chance(order_key, 'lines') < 0.97 then 5
            else 6
        end)) as line_number
    from placed_orders
),

keyed as (
    select
        *,
        order_key * 8 + line_number as line_key
    from counted
),

chosen as (
    select
        order_key,
        line_number,
        currency,
        line_key,
        case
            when line_number = 1 and staple_number is not null then staple_number
            else product_in(category_for(line_key, favourite), line_key, spend)
        end as product_number
    from keyed
)

select
    chosen.order_key,
    chosen.line_number,
    chosen.product_number,
    catalogue.product_id,
    catalogue.category,
    case
        when chance(chosen.line_key, 'quantity') < 0.80 then 1
        when chance(chosen.line_key, 'quantity') < 0.93 then 2
        when chance(chosen.line_key, 'quantity') < 0.995 then 3 + whole(chosen.line_key, 'several', 3)
        else 6 + whole(chosen.line_key, 'many', 19)
    end::integer as quantity,
    round(
        catalogue.price * case chosen.currency when 'EUR' then 0.92 when 'GBP' then 0.80 else 1 end, 2
    )::decimal(18, 2) as unit_price,
    catalogue.unit_cost
from chosen
inner join catalogue on catalogue.product_number = chosen.product_number
