with records as (
    select
        *,
        is_contactable or is_withdrawal as is_answer,
        -- A record withdraws at the time that it states, even if it was loaded earlier.
        case when said_at > counts_from then said_at else counts_from end as withdraws_at
    from {{ ref('int_consent_records') }}
),

-- One record per moment: equal times go to the more restrictive.
moments as (
    select
        *,
        row_number() over (
            partition by stream, channel, purpose, is_answer, counts_from
            order by restrictiveness desc, consent_status asc
        ) as moment_rank
    from records
    where is_in_force
),

runs as (
    select
        *,
        lag(consent_status) over (
            partition by stream, channel, purpose, is_answer
            order by counts_from
        ) as previous_status
    from moments
    where moment_rank = 1
),

-- A question that was asked (pending) says something only where nobody has answered.
states as (
    select
        *,
        max(case when previous_status is distinct from consent_status then counts_from end) over (
            partition by stream, channel, purpose, is_answer
        ) as status_since,
        row_number() over (
            partition by stream, channel, purpose
            order by is_answer desc, counts_from desc
        ) as recency_rank
    from runs
),

latest as (
    select * from states where recency_rank = 1
),

erased as (
    select
        stream,
        channel,
        purpose,
        max(consent_status) as consent_status,
        max(restrictiveness) as restrictiveness,
        min(counts_from) as erased_at
    from records
    where is_for_ever and is_by_then
    group by stream, channel, purpose
),

-- Any record that was read can withdraw, whatever its date, unless an opt-in came after it or has corrected it.
withdrawn as (
    select
        records.stream,
        records.channel,
        records.purpose,
        bool_or(
            records.is_withdrawal and (
                records.is_for_ever
                or not coalesce(latest.is_contactable, false)
                or records.withdraws_at > latest.counts_from
                or (records.withdraws_at = latest.counts_from and not records.is_replaced_by_opt_in)
            )
        ) as is_withdrawn
    from records
    left join latest
        on records.stream = latest.stream
            and records.channel = latest.channel
            and records.purpose = latest.purpose
    group by records.stream, records.channel, records.purpose
)

select
    withdrawn.stream,
    withdrawn.channel,
    withdrawn.purpose,
    coalesce(erased.consent_status, latest.consent_status) as consent_status,
    coalesce(erased.restrictiveness, latest.restrictiveness) as restrictiveness,
    erased.stream is null and coalesce(latest.is_contactable, false) as is_contactable,
    erased.stream is not null or coalesce(latest.is_withdrawal, false) as is_withdrawal,
    coalesce(erased.erased_at, latest.status_since) as status_since,
    withdrawn.is_withdrawn
from withdrawn
left join latest
    on withdrawn.stream = latest.stream and withdrawn.channel = latest.channel and withdrawn.purpose = latest.purpose
left join erased
    on withdrawn.stream = erased.stream and withdrawn.channel = erased.channel and withdrawn.purpose = erased.purpose
