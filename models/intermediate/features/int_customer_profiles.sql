with profiles as (
    select * from {{ ref('stg_customers') }}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

-- The record of the canonical id speaks for the person; without one, that of the smallest merged id.
ranked as (
    select
        customer_ids.customer_id,
        profiles.email,
        profiles.phone,
        profiles.country,
        profiles.language,
        profiles.loyalty_tier,
        profiles.acquisition_channel,
        profiles.acquisition_cost,
        profiles.timezone,
        profiles.birth_date,
        profiles.signed_up_on,
        profiles.attributes,
        profiles.other_columns,
        row_number() over (
            partition by customer_ids.customer_id
            order by
                case when profiles.customer_id = customer_ids.customer_id then 0 else 1 end,
                profiles.customer_id
        ) as profile_rank
    from profiles
    inner join customer_ids on profiles.customer_id = customer_ids.source_customer_id
    where coalesce(profiles.signed_up_on <= {{ as_of_date() }}, true)
)

select
    customer_id,
    country,
    language,
    loyalty_tier,
    acquisition_channel,
    acquisition_cost,
    timezone,
    birth_date,
    signed_up_on,
    attributes,
    other_columns,
    email is not null as has_email,
    phone is not null as has_phone
from ranked
where profile_rank = 1
