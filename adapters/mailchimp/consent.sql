with members as (
    select leid, euid, "email address" as address, 'unsubscribed' as status, unsub_time as said_at
    from {{ source('mailchimp', 'unsubscribed') }}
    union all
    select leid, euid, "email address", 'bounced', clean_time
    from {{ source('mailchimp', 'cleaned') }}
    union all
    select leid, euid, "email address", 'not_subscribed', last_changed
    from {{ source('mailchimp', 'nonsubscribed') }}
    union all
    select
        leid, euid, "email address",
        case when confirm_time is null then 'not_subscribed' else 'subscribed' end,
        coalesce(confirm_time, last_changed)
    from {{ source('mailchimp', 'members') }}
),

-- Mailchimp writes 2026-06-30 17:05:00; what is written otherwise is passed on as it is.
timed as (
    select
        *,
        timezone(
            'UTC', timezone('{{ var('mailchimp_timezone') }}', try_strptime(said_at, '%Y-%m-%d %H:%M:%S'))
        ) as in_utc
    from members
)

select
    leid || ':' || status as consent_id,
    euid as customer_id,
    address,
    'email' as channel,
    status,
    -- The export does not say when it was made: it is as new as the newest time in it, at least.
    coalesce(
        strftime(in_utc, '%Y-%m-%d %H:%M:%S'), said_at, strftime(max(in_utc) over (), '%Y-%m-%d %H:%M:%S')
    ) as occurred_at,
    'mailchimp' as source
from timed
where address is not null
