with customers as (
    select * from {{ ref('int_customers') }}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

latest as (
    select * from {{ ref('int_consent_latest') }}
),

erasures as (
    select * from {{ ref('int_customer_erasures') }}
),

channels as (
    select * from {{ ref('channels') }}
),

ranked as (
    select
        customer_ids.customer_id,
        latest.*,
        row_number() over (
            partition by customer_ids.customer_id, latest.channel, latest.purpose
            order by latest.restrictiveness desc, latest.consent_status asc, latest.status_since desc
        ) as restrictiveness_rank
    from latest
    inner join customer_ids on latest.source_customer_id = customer_ids.source_customer_id
),

-- Of the statuses of merged ids the most restrictive wins, of equally restrictive ones the first in the alphabet.
merged as (
    select * from ranked where restrictiveness_rank = 1
),

-- Every channel of the rules, and what records name besides.
questions as (
    select customers.customer_id, channels.channel, channels.purpose
    from customers
    cross join channels
    union all
    select merged.customer_id, merged.channel, merged.purpose
    from merged
    left join channels on merged.channel = channels.channel and merged.purpose = channels.purpose
    where channels.channel is null
)

select
    questions.customer_id,
    questions.channel,
    questions.purpose,
    coalesce(erasures.consent_status, merged.consent_status, 'no_record') as consent_status,
    erasures.customer_id is null and coalesce(merged.is_contactable, false) as is_contactable,
    coalesce(erasures.erased_at, merged.status_since) as status_since
from questions
inner join customers on questions.customer_id = customers.customer_id
left join erasures on questions.customer_id = erasures.customer_id
left join merged
    on questions.customer_id = merged.customer_id
        and questions.channel = merged.channel
        and questions.purpose = merged.purpose
