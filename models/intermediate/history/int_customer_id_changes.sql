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

-- An id that nobody bore before joins nobody: it is the address of a prospect's first order as a guest, for one.
differing as (
    select
        ids_now.customer_id as customer_id_now,
        before.customer_id as customer_id_before
    from before
    left join ids_now on before.source_customer_id = ids_now.source_customer_id
    where coalesce(ids_now.customer_id <> before.customer_id, true)
)

select customer_id_now as customer_id
from differing
where customer_id_now is not null
union
-- A customer all of whose ids have gone has not parted.
select customer_id_before
from differing
where customer_id_now is not null or customer_id_before in (select customer_id from ids_now)
