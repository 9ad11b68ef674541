{{ config(tags=['health'], group='spine') }}
-- Nobody is contactable whose own record says no, for this channel, after their last opt-in by the day: read from staging, apart
-- from streams and reach.
with records as (
    select
        customer_ids.customer_id,
        versions.channel,
        versions.purpose,
        max(case when versions.is_withdrawal then versions.counts_from end) as withdrawn_at,
        max(
            case when versions.is_contactable and versions.counts_on <= {{ as_of_date() }} then versions.counts_from end
        ) as opted_in_at
    from {{ ref('stg_consent_versions') }} as versions
    inner join {{ ref('int_customer_ids_resolved') }} as customer_ids
        on versions.customer_id = customer_ids.source_customer_id
    group by customer_ids.customer_id, versions.channel, versions.purpose
)

select
    eligibility.channel,
    count(*) as withdrawn_customers
from {{ ref('channel_eligibility') }} as eligibility
inner join records
    on eligibility.customer_id = records.customer_id
        and eligibility.channel = records.channel
        and eligibility.purpose = records.purpose
where eligibility.is_contactable and records.withdrawn_at > coalesce(records.opted_in_at, records.withdrawn_at - interval 1 day)
group by eligibility.channel
