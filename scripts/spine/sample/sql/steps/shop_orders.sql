with baskets as (
    select
        order_key,
        sum(quantity * unit_price)::decimal(18, 2) as subtotal,
        min(product_number) filter (where line_number = 1) as product_number
    from order_lines
    group by order_key
),

priced as (
    select
        placed_orders.*,
        baskets.product_number,
        baskets.subtotal,
        case
            when chance(placed_orders.order_key, 'discount') < placed_orders.discount_share
                then round(
                    baskets.subtotal
                    * [0.10, 0.15, 0.20, 0.30][1 + whole(placed_orders.order_key, 'discount rate', 4)],
                    2
                )
            else 0
        end::decimal(18, 2) as discount,
        placed_orders.second + 2 * 86400 + whole(placed_orders.order_key, 'refund time', 18 * 86400)
            as return_second,
        chance(placed_orders.order_key, 'status') as status_draw
    from placed_orders
    inner join baskets on baskets.order_key = placed_orders.order_key
),

judged as (
    select
        *,
        subtotal - discount as amount,
        case
            when status_draw < 0.025 and return_second <= last_second() then 'refunded'
            when status_draw < 0.050 and return_second <= last_second() then 'partially_refunded'
            when status_draw < 0.066 then 'cancelled'
            when status_draw < 0.070 then 'canceled'
            when status_draw < 0.078 then 'failed'
            when status_draw < 0.200 then case when day >= days() - 3 then 'pending' else 'completed' end
            when status_draw < 0.300 then 'paid'
            when status_draw < 0.420 then 'fulfilled'
            when status_draw < 0.500 then 'shipped'
            when status_draw < 0.990 then 'completed'
        end as status
    from priced
),

-- A handful of rows are faulty, none of them refunded, so that a fault stays one fault.
numbered_orders as (
    select
        *,
        getvariable('order_offset') + row_number() over (order by second, order_key) as order_number,
        coalesce(status, '') in ('refunded', 'partially_refunded') as is_returned
    from judged
)

select
    *,
    not is_returned and order_number % 5003 = 17 as is_negative,
    not is_returned and order_number % 9973 = 29 as is_undated
from numbered_orders
