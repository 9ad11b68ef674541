with members as (
    select
        *,
        row_number() over (partition by id, list_id order by _fivetran_synced desc, last_changed desc) as version
    from {{ source('fivetran_mailchimp', 'member') }}
),

addresses as (
    select
        id,
        max(email_address) as email_address
    from members
    group by id
),

said as (
    select
        id,
        'list|' || list_id || '|' || id as consent_id,
        case lower(status)
            when 'cleaned' then 'bounced'
            when 'transactional' then 'not_subscribed'
            when 'archived' then 'not_subscribed'
            else lower(status)
        end as status,
        case lower(status)
            when 'subscribed' then coalesce(timestamp_opt, timestamp_signup, last_changed)
            when 'pending' then coalesce(timestamp_signup, last_changed)
            else last_changed
        end as occurred_at
    from members
    where version = 1 or id is null
    union all
    select
        member_id,
        'unsubscribe|' || list_id || '|' || member_id,
        'opted_out',
        timestamp
    from {{ source('fivetran_mailchimp', 'unsubscribe') }}
)

select
    said.consent_id,
    said.id as customer_id,
    addresses.email_address as address,
    'email' as channel,
    said.status,
    said.occurred_at,
    'mailchimp' as source
from said
left join addresses on said.id = addresses.id
