with payments as (
    -- Exports that overlap hold the same payment twice.
    select distinct
        id, "paymentintent id", coalesce("created date (utc)", "created (utc)") as created_at, amount, currency,
        lower(status) as status, lower(captured) as captured, lower(mode) as mode, "customer id", "customer email"
    from {{ source('stripe', 'payments') }}
)

select
    -- What has no id made no charge: a payment that was begun and left.
    coalesce(
        id, "paymentintent id",
        'left-' || md5(concat_ws('|', created_at, amount, currency, status, "customer id", "customer email"))
    ) as order_id,
    "customer id" as customer_id,
    "customer email" as email,
    created_at as ordered_at,
    -- Where the account's language writes a decimal comma, so does the export.
    regexp_replace(amount, '^(-?\d+),(\d\d)$', '\1.\2') as amount,
    case
        when status = 'uncaptured' or (status in ('paid', 'succeeded') and captured = 'false') then 'requires_capture'
        else status
    end as status,
    currency,
    mode = 'test' as is_test
from payments
