with consent as (
    select * from {{ ref('base_consent') }} where row_status = 'staged'
)

select
    consent.consent_id,
    consent.customer_id,
    consent.address,
    lower(consent.channel) as channel,
    lower(coalesce(consent.purpose, 'marketing')) as purpose,
    consent.source,
    consent.occurred_at,
    {{ local_date('consent.occurred_at') }} as occurred_on,
    consent.loaded_at,
    lower(consent.status) as source_status,
    consent.consent_status
from consent
