with customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
)

select
    customer_id,
    min(first_seen_at) as first_seen_at,
    min(first_seen_on) as first_seen_on,
    count(*) as count_customer_ids
from customer_ids
group by customer_id
having min(first_seen_on) <= {{ as_of_date() }}
