with consent as (
    select
        *,
        coalesce(loaded_at, occurred_at) as known_at
    from {{ ref('stg_consent') }}
    where occurred_on <= {{ as_of_date() }}
),

-- One status per moment: of records of the same moment the last loaded counts, then the most restrictive.
moments as (
    select
        *,
        row_number() over (
            partition by customer_id, channel, purpose, occurred_at
            order by known_at desc, restrictiveness desc, consent_status asc
        ) as moment_rank
    from consent
),

runs as (
    select
        *,
        lag(consent_status) over (
            partition by customer_id, channel, purpose
            order by occurred_at
        ) as previous_status
    from moments
    where moment_rank = 1
),

states as (
    select
        *,
        max(case when previous_status is distinct from consent_status then occurred_at end) over (
            partition by customer_id, channel, purpose
        ) as status_since,
        row_number() over (
            partition by customer_id, channel, purpose
            order by occurred_at desc
        ) as recency_rank
    from runs
)

select
    customer_id as source_customer_id,
    channel,
    purpose,
    consent_status,
    restrictiveness,
    is_contactable,
    status_since
from states
where recency_rank = 1
