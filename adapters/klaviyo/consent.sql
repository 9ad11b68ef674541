with profiles as (
    select * from {{ ref('_profiles') }}
),

-- The export does not say when it was made: it is as new as the newest time in it, at least.
export as (
    select
        strftime(
            max(
                greatest(
                    try_cast(email_said_at as timestamp), try_cast(sms_said_at as timestamp),
                    try_cast(suppressed_at as timestamp), try_cast(created_at as timestamp),
                    try_cast(active_at as timestamp)
                )
            ),
            '%Y-%m-%d %H:%M:%S.%f'
        ) as newest_at
    from profiles
),

said as (
    select
        'email' as channel, "klaviyo id" as profile_id, email as address, lower("email marketing consent") as word,
        email_said_at as said_at, created_at, suppressed_at,
        case
            when regexp_matches("email suppressions", '(?i)spam|complain') then 'complained'
            when regexp_matches("email suppressions", '(?i)bounce|invalid') then 'bounced'
            when regexp_matches("email suppressions", '[[:alnum:]]') then 'opted_out'
        end as suppression
    from profiles
    union all
    select
        'sms', "klaviyo id", ltrim("phone number", ''''), lower("sms marketing consent"), sms_said_at, created_at,
        null, null
    from profiles
),

-- What a profile has suffered holds when it is exported: a suppression is never before the consent of its row.
dated as (
    select
        said.* exclude (suppression, word),
        coalesce(suppression, word) as status,
        case
            when word in ('subscribed', 'never_subscribed') and suppression is null
                then coalesce(said_at, created_at, newest_at)
            when suppression is null or (word = 'unsubscribed' and suppressed_at is null)
                then coalesce(said_at, newest_at)
            when try_cast(said_at as timestamp) > try_cast(suppressed_at as timestamp) then said_at
            else coalesce(suppressed_at, newest_at)
        end as occurred_at
    from said
    cross join export
)

select
    channel || ':' || profile_id || ':' || status as consent_id,
    profile_id as customer_id,
    address,
    channel,
    status,
    occurred_at,
    'klaviyo' as source
from dated
where status is not null
