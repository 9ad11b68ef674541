{{ config(tags=['health'], group='spine') }}
-- An erasure of any of a person's ids, whatever its date, closes all channels for ever, to the wide mart, too.
with erased as (
    select distinct customer_ids.customer_id
    from {{ ref('stg_consent_versions') }} as consent
    inner join {{ ref('int_customer_ids_resolved') }} as customer_ids
        on consent.customer_id = customer_ids.source_customer_id
    where consent.is_for_ever
),

contactable as (
    select customer_id, channel from {{ ref('channel_eligibility') }} where is_contactable
    union all
    select customer_id, 'any' from {{ ref('customers') }}
    where is_contactable_email or is_contactable_sms or is_contactable_push or is_contactable_ads
        or contactable_channels is not null
)

select
    contactable.channel,
    count(*) as erased_customers
from contactable
inner join erased on contactable.customer_id = erased.customer_id
group by contactable.channel
