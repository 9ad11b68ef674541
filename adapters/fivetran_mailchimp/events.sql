with campaigns as (
    select distinct id, send_time from {{ source('fivetran_mailchimp', 'campaign') }}
),

activities as (
    select member_id, campaign_id, action, timestamp, url
    from {{ source('fivetran_mailchimp', 'campaign_recipient_activity') }}
    union all
    select member_id, automation_email_id, action, timestamp, url
    from {{ source('fivetran_mailchimp', 'automation_recipient_activity') }}
    union all
    select recipients.member_id, recipients.campaign_id, 'sent', campaigns.send_time, null
    from {{ source('fivetran_mailchimp', 'campaign_recipient') }} as recipients
    inner join campaigns on recipients.campaign_id = campaigns.id
    where campaigns.send_time is not null
)

-- Activities have no id; the same click twice in one second is one.
select
    campaign_id || '|' || member_id || '|' || action || '|' || timestamp || '|' || coalesce(url, '') as event_id,
    action as event_name,
    timestamp as occurred_at,
    member_id as customer_id,
    'mailchimp' as source,
    'email' as channel,
    campaign_id
from activities
