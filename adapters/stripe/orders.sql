with payments as (
    select distinct
        -- What has no id made no charge: a payment that was begun and left.
        coalesce(
            id, "paymentintent id",
            'left-' || md5(concat_ws('|', "created date (utc)", amount, currency, "customer id", "customer email"))
        ) as order_id,
        coalesce("created date (utc)", "created (utc)") as created_at,
        amount, "amount refunded", currency, lower(mode) as mode, "customer id", "customer email",
        case
            when lower(status) = 'uncaptured' or (lower(status) in ('paid', 'succeeded') and lower(captured) = 'false')
                then 'requires_capture'
            else lower(status)
        end as status
    from {{ source('stripe', 'payments') }}
)

-- Of a payment in several exports the state that comes last: paid or failed, and then refunded.
select
    order_id,
    "customer id" as customer_id,
    "customer email" as email,
    created_at as ordered_at,
    -- Where the account's language writes a decimal comma, so does the export.
    regexp_replace(amount, '^(-?\d+),(\d\d)$', '\1.\2') as amount,
    status,
    currency,
    mode = 'test' as is_test
from payments
qualify row_number() over (
    partition by order_id, created_at
    order by
        status in ('pending', 'incomplete') or status like 'requires%',
        try_cast(replace("amount refunded", ',', '.') as decimal(18, 4)) desc nulls last,
        hash(payments)
) = 1
