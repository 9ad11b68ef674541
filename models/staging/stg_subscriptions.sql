with subscriptions as (
    select * from {{ ref('base_subscriptions') }} where standing = 'staged'
),

statuses as (
    select * from {{ ref('subscription_statuses') }}
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
    subscriptions.monthly_amount,
    subscriptions.loaded_at,
    lower(subscriptions.status) as source_status,
    case
        when subscriptions.status is null then 'active'
        else coalesce(statuses.subscription_status, 'unmapped')
    end as subscription_status,
    subscriptions.status is null or coalesce(statuses.is_live, false) as is_live_status
from subscriptions
left join statuses on lower(subscriptions.status) = statuses.source_status
