with consent as (
    select * from {{ ref('base_consent') }} where standing = 'staged'
),

statuses as (
    select * from {{ ref('consent_statuses') }}
)

select
    consent.consent_id,
    consent.customer_id,
    lower(consent.channel) as channel,
    consent.occurred_at,
    {{ local_date('consent.occurred_at') }} as occurred_on,
    lower(coalesce(consent.purpose, 'marketing')) as purpose,
    consent.source,
    consent.loaded_at,
    lower(consent.status) as source_status,
    coalesce(statuses.consent_status, 'unmapped') as consent_status,
    coalesce(statuses.restrictiveness, unmapped.restrictiveness) as restrictiveness,
    coalesce(statuses.is_contactable, false) as is_contactable,
    coalesce(statuses.is_for_ever, false) as is_for_ever
from consent
left join statuses on lower(consent.status) = statuses.source_status
left join statuses as unmapped on unmapped.source_status = 'opted_out'
