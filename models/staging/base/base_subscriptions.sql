with source as {{ inlined() }} (
    select * from {{ raw_rows('subscriptions', source('raw', 'subscriptions')) }}
),

statuses as (
    select * from {{ ref('subscription_statuses') }}
),

typed as {{ inlined() }} (
    select
        {{ id_of('subscription_id') }} as subscription_id,
        {{ id_of('customer_id') }} as customer_id,
        {{ id_of('account_id') }} as account_id,
        {{ text_of('plan') }} as plan,
        {{ text_of('status') }} as status,
        {{ to_utc_timestamp('started_at') }} as started_at,
        {{ to_utc_timestamp('trial_ends_at') }} as trial_ends_at,
        {{ to_utc_timestamp('renews_at') }} as renews_at,
        {{ to_utc_timestamp('cancelled_at') }} as cancelled_at,
        {{ to_money('monthly_amount') }} as monthly_amount,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('subscriptions') }}
    from source
),

-- Without a status a subscription is active.
judged as (
    select
        typed.*,
        lower(typed.status) as source_status,
        case when typed.status is null then 'active' else coalesce(statuses.subscription_status, 'unmapped') end
            as subscription_status,
        typed.status is null or coalesce(statuses.is_live, false) as is_live_status,
        coalesce(statuses.has_ended, false) as is_ended_status,
        coalesce(statuses.has_begun, true) as has_begun,
        case
            when {{ says_nothing('typed.subscription_id') }} then 'missing_key'
            when typed.has_shortened_id then 'shortened_id'
            when typed.customer_id is null then 'missing_value'
            when typed.started_at is null then 'unusable_timestamp'
            when typed.started_at > typed.loaded_at + interval 1 day then 'loaded_before_it_happened'
        end as quarantine_reason
    from typed
    left join statuses on lower(typed.status) = statuses.source_status
),

doubled as (
    {{ doubled_keys('subscriptions', 'judged') }}
),

versions as {{ inlined() }} (
    {{ versions_of('subscriptions', 'judged', 'doubled') }}
),

ranked as (
    {{ newest_per_key(
        'subscriptions', 'versions', careful=['is_live_status asc', 'coalesce(monthly_amount, 0) asc']
    ) }}
)

select
    {{ version_columns('subscriptions') }},
    source_status,
    subscription_status,
    is_live_status,
    is_ended_status,
    has_begun
from ranked
