with campaigns as (
    select
        *,
        row_number() over (partition by id order by _fivetran_synced desc) as version
    from {{ source('fivetran_klaviyo', 'campaign') }}
),

channels as (
    select
        campaign_id,
        min(lower(channel)) as channel
    from {{ source('fivetran_klaviyo', 'campaign_message') }}
    group by campaign_id
)

select
    campaigns.id as campaign_id,
    campaigns.name,
    case channels.channel when 'mobile_push' then 'push' else channels.channel end as channel,
    coalesce(campaigns.sent_at, campaigns.send_time) as started_at
from campaigns
left join channels on campaigns.id = channels.campaign_id
where
    (campaigns.version = 1 or campaigns.id is null)
    and not coalesce(cast(campaigns._fivetran_deleted as boolean), false)
