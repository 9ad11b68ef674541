with customers as (
    select * from {{ ref('int_customers') }}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

erasures as (
    select * from {{ ref('int_customer_erasures') }}
),

channels as (
    select * from {{ ref('channels') }}
),

said as (
    select
        source_customer_id, channel, purpose, consent_status, restrictiveness, is_contactable, is_withdrawal, status_since,
        is_withdrawn, gives_status
    from {{ ref('int_customer_id_consent') }}
    union all
    select
        source_customer_id, channel, purpose, consent_status, restrictiveness, false, true, status_since, true, gives_status
    from {{ ref('int_shared_withdrawals') }}
),

-- Of all streams of a person the most restrictive answer wins; of equally restrictive ones the first by name.
ranked as (
    select
        customer_ids.customer_id,
        said.*,
        row_number() over (
            partition by customer_ids.customer_id, said.channel, said.purpose
            order by
                said.gives_status desc, said.is_contactable or said.is_withdrawal desc, said.restrictiveness desc,
                said.consent_status asc, said.status_since desc
        ) as strictness_rank,
        bool_or(said.is_withdrawn) over (
            partition by customer_ids.customer_id, said.channel, said.purpose
        ) as is_withdrawn_by_any,
        bool_or(said.gives_status and said.is_contactable) over (
            partition by customer_ids.customer_id, said.channel, said.purpose
        ) as has_opt_in
    from said
    inner join customer_ids on said.source_customer_id = customer_ids.source_customer_id
),

merged as (
    select
        *,
        case when gives_status then consent_status end as given_status,
        case when gives_status then status_since end as given_since,
        gives_status and is_contactable as is_given
    from ranked
    where strictness_rank = 1
),

answered as (
    select
        customers.customer_id,
        channels.channel,
        channels.purpose,
        case
            when erasures.erased_at is not null then erasures.consent_status
            else coalesce(merged.given_status, 'no_record')
        end as consent_status,
        erasures.erased_at is null and coalesce(merged.is_given, false) as has_consent,
        erasures.customer_id is not null or coalesce(merged.is_withdrawn_by_any, false) as is_withdrawn,
        coalesce(merged.has_opt_in, false) as has_opt_in,
        coalesce(erasures.erased_at, merged.given_since) as status_since
    from customers
    cross join channels
    left join erasures on customers.customer_id = erasures.customer_id
    left join merged
        on customers.customer_id = merged.customer_id
            and channels.channel = merged.channel
            and channels.purpose = merged.purpose
)

select
    customer_id,
    channel,
    purpose,
    consent_status,
    has_consent,
    has_consent and not is_withdrawn as is_contactable,
    has_consent and is_withdrawn as withdrawn_after_day,
    has_opt_in and not has_consent as is_opt_in_held_back,
    status_since
from answered
