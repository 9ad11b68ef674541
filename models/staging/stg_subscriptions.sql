with subscriptions as (
    select
        *,
        -- A subscription that expired without being cancelled ended when its paid period did.
        coalesce(
            cancelled_at, case when subscription_status = 'expired' then coalesce(renews_at, trial_ends_at) end
        ) as ended_at
    from {{ ref('base_subscriptions') }}
    where row_status = 'staged'
)

select
    subscriptions.subscription_id,
    subscriptions.customer_id,
    subscriptions.account_id,
    subscriptions.plan,
    subscriptions.started_at,
    {{ local_date('subscriptions.started_at') }} as started_on,
    subscriptions.trial_ends_at,
    {{ local_date('subscriptions.trial_ends_at') }} as trial_ends_on,
    subscriptions.renews_at,
    {{ local_date('subscriptions.renews_at') }} as renews_on,
    subscriptions.cancelled_at,
    {{ local_date('subscriptions.cancelled_at') }} as cancelled_on,
    {{ local_date('subscriptions.ended_at') }} as ended_on,
    subscriptions.monthly_amount,
    subscriptions.loaded_at,
    subscriptions.source_status,
    subscriptions.subscription_status,
    subscriptions.is_live_status,
    subscriptions.is_ended_status,
    subscriptions.has_begun
from subscriptions
