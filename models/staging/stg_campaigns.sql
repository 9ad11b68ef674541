with campaigns as (
    select * from {{ ref('base_campaigns') }} where row_status = 'staged'
)

select
    campaigns.campaign_id,
    campaigns.name,
    campaigns.channel,
    campaigns.segment_key,
    campaigns.journey,
    campaigns.is_service,
    campaigns.started_at,
    {{ local_date('campaigns.started_at') }} as started_on,
    campaigns.ended_at,
    {{ local_date('campaigns.ended_at') }} as ended_on,
    campaigns.cost,
    campaigns.incentive_cost,
    campaigns.loaded_at
from campaigns
