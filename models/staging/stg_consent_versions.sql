-- A record that has been replaced, or was loaded after known_until, may be a withdrawal that nobody has taken back.
with versions as (
    select *
    from {{ ref('base_consent') }}
    where row_status in ('staged', 'superseded', 'not_yet_known') and quarantine_reason is null
)

select
    versions.consent_id,
    versions.customer_id,
    coalesce(versions.address, {{ address_in_id('versions.customer_id') }}) as address,
    {{ address_in_id('versions.customer_id') }} is null as has_customer_id,
    {{ address_in_id('versions.customer_id') }} as address_in_id,
    lower(versions.channel) as channel,
    lower(coalesce(versions.purpose, 'marketing')) as purpose,
    versions.counts_from,
    versions.said_at,
    {{ local_date('versions.counts_from') }} as counts_on,
    versions.loaded_at,
    versions.file_dated_on,
    versions.row_hash,
    versions.consent_status,
    versions.restrictiveness,
    versions.is_contactable,
    versions.is_withdrawal,
    versions.is_for_ever,
    versions.row_status
from versions
