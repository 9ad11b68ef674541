with payments as (
    select distinct
        id, coalesce("created date (utc)", "created (utc)") as created_at, "refunded date (utc)", "dispute date (utc)",
        lower("dispute status") as dispute_status,
        regexp_replace("amount refunded", '^(-?\d+),(\d\d)$', '\1.\2') as amount_refunded,
        regexp_replace("disputed amount", '^(-?\d+),(\d\d)$', '\1.\2') as amount_disputed
    from {{ source('stripe', 'payments') }}
)

-- A payment names what was refunded of it so far, and the last day: one refund, of which the greatest amount counts.
select
    id || '-refunded' as refund_id,
    id as order_id,
    coalesce("refunded date (utc)", created_at) as refunded_at,
    amount_refunded as amount
from payments
where coalesce(try_cast(amount_refunded as decimal(18, 4)) <> 0, amount_refunded is not null)
union all
select
    id || '-disputed',
    id,
    coalesce("dispute date (utc)", created_at),
    amount_disputed
from payments
where dispute_status = 'lost'
