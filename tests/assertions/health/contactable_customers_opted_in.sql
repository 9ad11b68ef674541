{{ config(tags=['health'], group='spine') }}
-- Who may be contacted has an opt-in that is in force as of the day, for this channel and purpose, in one of their streams.
with opt_ins as (
    select distinct
        customer_ids.customer_id,
        records.channel,
        records.purpose
    from {{ ref('int_consent_records') }} as records
    inner join {{ ref('int_consent_reach') }} as reach on records.stream = reach.stream
    inner join {{ ref('int_customer_ids_resolved') }} as customer_ids on reach.customer_id = customer_ids.source_customer_id
    where records.is_contactable and records.is_in_force
)

select
    eligibility.channel,
    eligibility.purpose,
    count(*) as customers_without_opt_in
from {{ ref('channel_eligibility') }} as eligibility
left join opt_ins
    on eligibility.customer_id = opt_ins.customer_id
        and eligibility.channel = opt_ins.channel
        and eligibility.purpose = opt_ins.purpose
where eligibility.is_contactable and opt_ins.customer_id is null
group by eligibility.channel, eligibility.purpose
