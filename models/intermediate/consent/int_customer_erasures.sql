with consent as (
    select *
    from {{ ref('stg_consent') }}
    where is_for_ever and occurred_on <= {{ as_of_date() }}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

ranked as (
    select
        customer_ids.customer_id,
        consent.consent_status,
        consent.occurred_at,
        row_number() over (
            partition by customer_ids.customer_id
            order by consent.restrictiveness desc, consent.occurred_at asc
        ) as erasure_rank
    from consent
    inner join customer_ids on consent.customer_id = customer_ids.source_customer_id
)

select
    customer_id,
    consent_status,
    occurred_at as erased_at
from ranked
where erasure_rank = 1
