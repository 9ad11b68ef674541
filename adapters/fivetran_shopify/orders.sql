-- Files that overlap bring a row twice; the newer one holds.
with orders as (
    select
        *,
        row_number() over (partition by id order by _fivetran_synced desc, updated_at desc) as version
    from {{ source('fivetran_shopify', 'order') }}
),

order_lines as (
    select distinct id, order_id from {{ source('fivetran_shopify', 'order_line') }}
),

tax_lines as (
    select
        order_line_id,
        cast(price as decimal(18, 4)) as price,
        row_number() over (partition by order_line_id, index order by _fivetran_synced desc) as version
    from {{ source('fivetran_shopify', 'tax_line') }}
),

shipping_lines as (
    select
        order_id,
        cast(coalesce(discounted_price, price) as decimal(18, 4)) as price,
        row_number() over (partition by id order by _fivetran_synced desc) as version
    from {{ source('fivetran_shopify', 'order_shipping_line') }}
),

taxes_of_goods as (
    select
        order_lines.order_id,
        sum(tax_lines.price) as tax
    from order_lines
    inner join tax_lines on order_lines.id = tax_lines.order_line_id and tax_lines.version = 1
    group by order_lines.order_id
),

shipping as (
    select
        order_id,
        sum(price) as price
    from shipping_lines
    where version = 1
    group by order_id
),

moneys as (
    select
        orders.*,
        shipping.price as shipping_price,
        cast(orders.subtotal_price as decimal(18, 4)) as goods,
        cast(orders.total_line_items_price as decimal(18, 4)) as goods_before_discounts,
        cast(orders.total_tax as decimal(18, 4)) as tax,
        cast(orders.total_price as decimal(18, 4)) as total,
        taxes_of_goods.tax as tax_of_goods,
        coalesce(cast(orders.taxes_included as boolean), false) as has_tax_in_prices
    from orders
    left join taxes_of_goods on orders.id = taxes_of_goods.order_id
    left join shipping on orders.id = shipping.order_id
    where (orders.version = 1 or orders.id is null) and not coalesce(cast(orders._fivetran_deleted as boolean), false)
),

-- Without tax lines the tax is parted as the prices are.
untaxed as (
    select
        *,
        case
            when has_tax_in_prices
                then goods - coalesce(tax_of_goods, cast(round(tax * goods / nullif(total, 0), 2) as decimal(18, 4)), 0)
            else goods
        end as amount
    from moneys
)

select
    id as order_id,
    customer_id,
    email,
    coalesce(processed_at, created_at) as ordered_at,
    amount,
    case when cancelled_at is not null then 'cancelled' else lower(coalesce(financial_status, 'unknown')) end as status,
    case
        when goods > 0
            then cast(round((goods_before_discounts - goods) * amount / goods, 2) as decimal(18, 4))
        else goods_before_discounts - goods
    end as discount_amount,
    currency,
    source_name as channel,
    tax,
    case when has_tax_in_prices then shipping_price - (tax - (goods - amount)) else shipping_price end as shipping,
    total,
    test as is_test
from untaxed
