with webtoffee as (
    select
        order_id, order_total, tax_total, shipping_total, fee_total,
        unnest(string_split(refund_items, ';amount:')) as refund
    from {{ source('woocommerce', 'webtoffee_orders') }}
),

skyverge as (
    select
        order_id, order_total, tax_total, shipping_total, fee_total,
        unnest(string_split(refunds, ';id:')) as refund
    from {{ source('woocommerce', 'skyverge_orders') }}
),

refunds as (
    -- WebToffee writes no id, but the second, in UTC; SkyVerge writes the id and the shop's own time, and escapes colons.
    select
        *,
        order_id || '-' || regexp_extract(refund, 'date:([^|]*)$', 1) as refund_id,
        regexp_extract(refund, 'date:([^|]*)$', 1) as refunded_at,
        'UTC' as time_zone,
        regexp_replace(split_part(refund, '|', 1), '^amount:', '') as paid_back
    from webtoffee
    union
    select
        *,
        regexp_replace(split_part(refund, '|', 1), '^id:', ''),
        replace(regexp_extract(refund, '\|date:([^|]*)', 1), '\:', ':'),
        '{{ var('woocommerce_time_zone') }}',
        regexp_extract(refund, '\|amount:([^|]*)', 1)
    from skyverge
),

read as (
    select
        *,
        try_cast(refunded_at as timestamp) at time zone time_zone at time zone 'UTC' as refunded_in_utc,
        try_cast(order_total as decimal(18, 4)) as total,
        try_cast(coalesce(tax_total, '0') as decimal(18, 4)) + try_cast(coalesce(shipping_total, '0') as decimal(18, 4))
        + try_cast(coalesce(fee_total, '0') as decimal(18, 4)) as beside_merchandise
    from refunds
)

select
    refund_id,
    order_id,
    coalesce(cast(refunded_in_utc as varchar), refunded_at) as refunded_at,
    -- What is paid back holds tax and shipping: of it the share that merchandise has in the total, all of a full refund.
    cast(
        try_cast(paid_back as decimal(18, 4)) * (total - beside_merchandise) / nullif(total, 0) as decimal(18, 4)
    ) as amount
from read
