with customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

activity as (
    select
        customer_id,
        min(activity_on) as first_active_on
    from {{ ref('int_customer_days') }}
    group by customer_id
),

refunded as (
    select
        customer_ids.customer_id,
        min(refunds.refunded_on) as first_refunded_on
    from {{ ref('stg_refunds') }} as refunds
    inner join customer_ids on refunds.refunded_customer_id = customer_ids.source_customer_id
    group by customer_ids.customer_id
),

persons as (
    select
        customer_id,
        min(first_seen_at) as first_seen_at,
        min(first_seen_on) as first_seen_on,
        count(*) as count_customer_ids
    from customer_ids
    group by customer_id
)

select
    persons.customer_id,
    persons.first_seen_at,
    least(
        persons.first_seen_on,
        coalesce(activity.first_active_on, persons.first_seen_on),
        coalesce(refunded.first_refunded_on, persons.first_seen_on)
    ) as first_known_on,
    persons.count_customer_ids
from persons
left join activity on persons.customer_id = activity.customer_id
left join refunded on persons.customer_id = refunded.customer_id
where
    least(
        persons.first_seen_on,
        coalesce(activity.first_active_on, persons.first_seen_on),
        coalesce(refunded.first_refunded_on, persons.first_seen_on)
    ) <= {{ as_of_date() }}
