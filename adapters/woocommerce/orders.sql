with exports as (
    select
        order_id, order_date, status, shipping_total, fee_total, tax_total, discount_total, order_total, order_currency,
        customer_id, billing_email, billing_phone
    from {{ source('woocommerce', 'webtoffee_orders') }}
    union
    select
        order_id, "date", status, shipping_total, fee_total, tax_total, discount_total, order_total, order_currency,
        customer_id, billing_email, billing_phone
    from {{ source('woocommerce', 'skyverge_orders') }}
    union
    select
        order_id, "date", status, shipping_total, fee_total, tax_total, discount_total, order_total, order_currency,
        customer_id, billing_email, billing_phone
    from {{ source('woocommerce', 'skyverge_order_items') }}
),

-- Of an order in several exports the state that comes last; where its time differs, too, it is another shop's.
orders as (
    select *
    from exports
    qualify order_id is null or row_number() over (
        partition by order_id, order_date
        order by
            coalesce(
                list_position(
                    ['checkout-draft', 'pending', 'failed', 'on-hold', 'processing', 'completed', 'cancelled', 'refunded'],
                    status
                ),
                5
            ) desc,
            order_total,
            hash(exports)
    ) = 1
),

read as (
    select
        *,
        case
            when regexp_full_match(order_date, '\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?')
                then try_cast(order_date as timestamp) at time zone '{{ var('woocommerce_time_zone') }}' at time zone 'UTC'
        end as ordered_at,
        try_cast(order_total as decimal(18, 4)) - try_cast(coalesce(tax_total, '0') as decimal(18, 4))
        - try_cast(coalesce(shipping_total, '0') as decimal(18, 4))
        - try_cast(coalesce(fee_total, '0') as decimal(18, 4)) as merchandise
    from orders
)

select
    order_id,
    nullif(customer_id, '0') as customer_id,
    billing_email as email,
    -- Exports mark a cell that begins with a plus, lest a spreadsheet takes it for a formula.
    ltrim(billing_phone, '''') as phone,
    coalesce(cast(ordered_at as varchar), order_date) as ordered_at,
    merchandise as amount,
    status,
    discount_total as discount_amount,
    order_currency as currency,
    tax_total as tax,
    shipping_total as shipping,
    order_total as total
from read
