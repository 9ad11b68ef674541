with customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

-- What shows that a person was there: a sighting of an id, activity, a refund.
signs as (
    select customer_id, first_seen_on as known_on from customer_ids
    union all
    select customer_id, activity_on from {{ ref('int_customer_event_days') }}
    union all
    select customer_id, activity_on from {{ ref('int_customer_order_days') }}
    union all
    select customer_ids.customer_id, refunds.refunded_on
    from {{ ref('stg_refunds') }} as refunds
    inner join customer_ids on refunds.refunded_customer_id = customer_ids.source_customer_id
),

first_signs as (
    select
        customer_id,
        min(known_on) as first_known_on
    from signs
    group by customer_id
),

persons as (
    select
        customer_id,
        min(first_seen_at) as first_seen_at,
        count(*) as count_customer_ids
    from customer_ids
    group by customer_id
)

select
    persons.customer_id,
    persons.first_seen_at,
    persons.count_customer_ids
from persons
inner join first_signs on persons.customer_id = first_signs.customer_id
where first_signs.first_known_on <= {{ as_of_date() }}
