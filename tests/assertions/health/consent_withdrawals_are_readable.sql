{{ config(tags=['health'], severity='error', group='spine') }}
-- A withdrawal that was set aside leaves an earlier consent in force. Hung on the customer ids, so that a failure holds back
-- everything about customers: nobody may be sent to before the row is mended.
-- depends_on: {{ ref('int_customer_ids') }}
with withdrawals as (
    select consent.quarantine_reason
    from {{ ref('base_consent') }} as consent
    left join {{ ref('consent_statuses') }} as statuses on lower(consent.status) = statuses.source_status
    where
        consent.quarantine_reason is not null
        and consent.is_known
        and consent.customer_id is not null
        and consent.status is not null
        and not coalesce(statuses.is_contactable, false)
)

select
    quarantine_reason,
    count(*) as withdrawals
from withdrawals
group by quarantine_reason
