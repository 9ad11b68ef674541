with subscriptions as (
    select * from {{ ref('base_subscriptions') }}
),

statuses as (
    select * from {{ ref('subscription_statuses') }}
),

versions as (
    {{ newest_per_key('subscriptions', 'subscriptions') }}
),

newest as (
    select
        versions.subscription_id,
        versions.customer_id,
        versions.account_id,
        versions.plan,
        versions.started_at,
        {{ local_date('versions.started_at') }} as started_on,
        versions.trial_ends_at,
        {{ local_date('versions.trial_ends_at') }} as trial_ends_on,
        versions.renews_at,
        {{ local_date('versions.renews_at') }} as renews_on,
        versions.cancelled_at,
        {{ local_date('versions.cancelled_at') }} as cancelled_on,
        versions.monthly_amount,
        versions.loaded_at,
        lower(versions.status) as source_status,
        case
            when versions.status is null then 'active'
            else coalesce(statuses.subscription_status, 'unmapped')
        end as subscription_status,
        versions.status is null or coalesce(statuses.is_live, false) as is_live_status
    from versions
    left join statuses on lower(versions.status) = statuses.source_status
    where versions.version_rank = 1
)

select * from newest
