with events as (
    select * from {{ ref('base_events') }}
),

versions as (
    {{ newest_per_key('events', 'events') }}
),

newest as (
    select
        versions.event_id,
        versions.event_name,
        versions.occurred_at,
        {{ local_date('versions.occurred_at') }} as occurred_on,
        versions.customer_id,
        versions.anonymous_id,
        lower(versions.source) as source,
        lower(versions.channel) as channel,
        versions.product_id,
        versions.category,
        versions.campaign_id,
        versions.value,
        versions.properties,
        versions.loaded_at
    from versions
    where versions.version_rank = 1
)

select * from newest
