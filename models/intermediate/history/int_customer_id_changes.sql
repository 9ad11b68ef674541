with before as (
    select * from {{ ref('stg_history_customer_ids') }}
),

ids_now as (
    select
        customer_ids.source_customer_id,
        customer_ids.customer_id
    from {{ ref('int_customer_ids_resolved') }} as customer_ids
    inner join {{ ref('int_customers') }} as customers on customer_ids.customer_id = customers.customer_id
),

differing as (
    select
        ids_now.customer_id as customer_id_now,
        before.customer_id as customer_id_before
    from ids_now
    full outer join before on ids_now.source_customer_id = before.source_customer_id
    where coalesce(ids_now.customer_id <> before.customer_id, true)
)

-- Who is wholly new, or wholly gone, has neither merged nor parted.
select customer_id_now as customer_id
from differing
where
    customer_id_now is not null
    and (customer_id_before is not null or customer_id_now in (select customer_id from before))
union
select customer_id_before
from differing
where
    customer_id_before is not null
    and (customer_id_now is not null or customer_id_before in (select customer_id from ids_now))
