with consent as (
    select * from {{ ref('base_consent') }}
),

statuses as (
    select * from {{ ref('consent_statuses') }}
),

versions as (
    {{ newest_per_key('consent', 'consent') }}
),

newest as (
    select
        versions.consent_id,
        versions.customer_id,
        lower(versions.channel) as channel,
        versions.occurred_at,
        {{ local_date('versions.occurred_at') }} as occurred_on,
        lower(coalesce(versions.purpose, 'marketing')) as purpose,
        versions.source,
        versions.loaded_at,
        lower(versions.status) as source_status,
        coalesce(statuses.consent_status, 'unmapped') as consent_status,
        coalesce(statuses.restrictiveness, unmapped.restrictiveness) as restrictiveness,
        coalesce(statuses.is_contactable, false) as is_contactable,
        coalesce(statuses.is_for_ever, false) as is_for_ever
    from versions
    left join statuses on lower(versions.status) = statuses.source_status
    left join statuses as unmapped on unmapped.source_status = 'opted_out'
    where versions.version_rank = 1
)

select * from newest
