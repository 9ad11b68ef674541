with refunds as (
    select * from {{ source('fivetran_shopify', 'refund') }}
),

-- Files that overlap bring a row twice; the newer one holds.
refund_lines as (
    select
        refund_id,
        cast(subtotal as decimal(18, 4)) as subtotal,
        row_number() over (partition by id order by _fivetran_synced desc) as version
    from {{ source('fivetran_shopify', 'order_line_refund') }}
),

-- Shipping given back is an adjustment too, and no refund of merchandise.
discrepancies as (
    select
        refund_id,
        cast(amount as decimal(18, 4)) as amount,
        row_number() over (partition by id order by _fivetran_synced desc) as version
    from {{ source('fivetran_shopify', 'order_adjustment') }}
    where lower(kind) = 'refund_discrepancy'
),

given_back as (
    select
        refund_id,
        sum(subtotal) as amount
    from refund_lines
    where version = 1
    group by refund_id
),

-- Below zero where more was given back than the lines say, above where less was.
adjusted as (
    select
        refund_id,
        sum(amount) as amount
    from discrepancies
    where version = 1
    group by refund_id
)

select
    refunds.id as refund_id,
    refunds.order_id,
    coalesce(refunds.processed_at, refunds.created_at) as refunded_at,
    coalesce(given_back.amount, 0) - coalesce(adjusted.amount, 0) as amount
from refunds
left join given_back on refunds.id = given_back.refund_id
left join adjusted on refunds.id = adjusted.refund_id
