with campaigns as (
    select * from {{ ref('base_campaigns') }}
),

versions as (
    {{ newest_per_key('campaigns', 'campaigns') }}
),

newest as (
    select
        versions.campaign_id,
        versions.name,
        versions.channel,
        versions.segment_key,
        versions.journey,
        versions.is_service,
        versions.started_at,
        {{ local_date('versions.started_at') }} as started_on,
        versions.ended_at,
        {{ local_date('versions.ended_at') }} as ended_on,
        versions.cost,
        versions.incentive_cost,
        versions.loaded_at
    from versions
    where versions.version_rank = 1
)

select * from newest
