{{ config(tags=['health'], group='spine') }}
-- Nobody is contactable if a stream of theirs has a record, of any date, that says no after the last opt-in in force.
with streams as (
    select
        stream,
        channel,
        purpose,
        max(case when is_withdrawal then counts_from end) as withdrawn_at,
        max(case when is_contactable and is_in_force then counts_from end) as opted_in_at
    from {{ ref('int_consent_records') }}
    group by stream, channel, purpose
),

withdrawn as (
    select distinct
        customer_ids.customer_id,
        streams.channel,
        streams.purpose
    from streams
    inner join {{ ref('int_consent_reach') }} as reach on streams.stream = reach.stream
    inner join {{ ref('int_customer_ids_resolved') }} as customer_ids on reach.customer_id = customer_ids.source_customer_id
    where streams.withdrawn_at is not null and coalesce(streams.withdrawn_at > streams.opted_in_at, true)
)

select
    eligibility.channel,
    count(*) as withdrawn_customers
from {{ ref('channel_eligibility') }} as eligibility
inner join withdrawn
    on eligibility.customer_id = withdrawn.customer_id
        and eligibility.channel = withdrawn.channel
        and eligibility.purpose = withdrawn.purpose
where eligibility.is_contactable
group by eligibility.channel
