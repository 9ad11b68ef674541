{{ config(tags=['health'], group='spine') }}
-- Who may be contacted has a record that allows it, for this channel and purpose, no later than as_of_date.
with records as (
    select distinct
        customer_ids.customer_id,
        consent.channel,
        consent.purpose
    from {{ ref('stg_consent') }} as consent
    inner join {{ ref('int_customer_ids_resolved') }} as customer_ids
        on consent.customer_id = customer_ids.source_customer_id
    where consent.is_contactable and consent.occurred_on <= {{ as_of_date() }}
)

select
    eligibility.channel,
    eligibility.purpose,
    count(*) as customers_without_opt_in
from {{ ref('channel_eligibility') }} as eligibility
left join records
    on eligibility.customer_id = records.customer_id
        and eligibility.channel = records.channel
        and eligibility.purpose = records.purpose
where eligibility.is_contactable and records.customer_id is null
group by eligibility.channel, eligibility.purpose
