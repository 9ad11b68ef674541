with streams as (
    select * from {{ ref('int_consent_streams') }}
),

reach as (
    select * from {{ ref('int_consent_reach') }}
)

select
    reach.customer_id as source_customer_id,
    streams.stream,
    streams.channel,
    streams.purpose,
    streams.consent_status,
    streams.restrictiveness,
    streams.is_contactable,
    streams.is_withdrawal,
    streams.status_since,
    streams.is_withdrawn,
    -- A record of later days, or an opt-in of somebody else, gives no status, but may withhold consent.
    reach.carries_status and streams.consent_status is not null and (reach.carries_opt_ins or streams.is_withdrawal)
        as gives_status
from streams
inner join reach on streams.stream = reach.stream
