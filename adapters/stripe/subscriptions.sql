with subscriptions as (
    select distinct
        * exclude (amount, interval, status, "cancel at period end"),
        try_cast(regexp_replace(amount, '^(-?\d+),(\d\d)$', '\1.\2') as decimal(18, 4))
        * coalesce(try_cast(quantity as decimal(18, 4)), 1) as amount,
        lower("interval") as interval_name,
        lower(status) as status,
        coalesce(lower("cancel at period end") = 'true', false) as is_to_end
    from {{ source('stripe', 'subscriptions') }}
)

select
    id as subscription_id,
    "customer id" as customer_id,
    plan,
    status,
    coalesce("start date (utc)", "created (utc)", "start (utc)") as started_at,
    "trial end (utc)" as trial_ends_at,
    case when not is_to_end and "ended at (utc)" is null then "current period end (utc)" end as renews_at,
    coalesce(
        "ended at (utc)", case when is_to_end then "current period end (utc)" end, "canceled at (utc)"
    ) as cancelled_at,
    cast(
        case interval_name
            when 'day' then amount * 365 / 12
            when 'week' then amount * 52 / 12
            when 'month' then amount
            when 'year' then amount / 12
        end as decimal(18, 4)
    ) as monthly_amount
from subscriptions
