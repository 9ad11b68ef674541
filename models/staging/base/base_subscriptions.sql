with source as {{ inlined() }} (
    select * from {{ source('raw', 'subscriptions') }}
),

typed as {{ inlined() }} (
    select
        {{ to_text('subscription_id') }} as subscription_id,
        {{ to_text('customer_id') }} as customer_id,
        {{ to_text('account_id') }} as account_id,
        {{ to_text('plan') }} as plan,
        {{ to_text('status') }} as status,
        {{ to_utc_timestamp('started_at') }} as started_at,
        {{ to_utc_timestamp('trial_ends_at') }} as trial_ends_at,
        {{ to_utc_timestamp('renews_at') }} as renews_at,
        {{ to_utc_timestamp('cancelled_at') }} as cancelled_at,
        {{ to_money('monthly_amount') }} as monthly_amount,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('subscriptions', 'source') }}
    from source
),

judged as {{ inlined() }} (
    select
        *,
        case
            when subscription_id is null then 'missing_key'
            when customer_id is null then 'missing_value'
            when started_at is null then 'unusable_timestamp'
            when started_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
        end as quarantine_reason
    from typed
),

versions as {{ inlined() }} (
    {{ versions_of('subscriptions', 'judged') }}
),

ranked as (
    {{ newest_per_key('subscriptions', 'versions') }}
)

select
    {{ version_columns('subscriptions') }}
from ranked
