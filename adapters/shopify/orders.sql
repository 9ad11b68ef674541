with orders as (
    select
        *,
        try_cast("Discount Amount" as decimal(18, 4)) as given_discount
    from {{ ref('_orders') }}
),

-- A discount on shipping is none of the goods: their discount is what their lines cost more than the order says.
discounted as (
    select
        *,
        case when given_discount > 0 then greatest(least(given_discount, lessened_by), 0) else given_discount end
            as goods_discount
    from orders
)

select
    order_id,
    "Email" as email,
    ltrim("Phone", '''') as phone,
    "Created at" as ordered_at,
    coalesce(cast(net_goods as varchar), "Subtotal") as amount,
    case when "Cancelled at" is not null then 'cancelled' else coalesce("Financial Status", 'unknown') end as status,
    coalesce(
        cast(round(goods_discount * coalesce(net_goods / nullif(goods, 0), 1), 2) as varchar), "Discount Amount"
    ) as discount_amount,
    "Currency" as currency,
    "Source" as channel,
    "Taxes" as tax,
    coalesce(cast(net_shipping as varchar), "Shipping") as shipping,
    "Total" as total,
    coalesce("Payment Method" ilike '%bogus%', false) as is_test
from discounted
