with records as (
    select id, email, "created (utc)" as created_at, true as is_record
    from {{ source('stripe', 'customers') }}
    union all
    select "customer id", "customer email", null, false
    from {{ source('stripe', 'subscriptions') }}
)

-- A record of the customer says more than a subscription that names one.
select
    id as customer_id,
    email,
    created_at as signed_up_at
from records
where id is not null
qualify row_number() over (partition by id order by is_record desc, email is null, email) = 1
