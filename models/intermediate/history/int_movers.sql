with movers as (
    select distinct customer_id from {{ ref('int_segment_movements') }}
),

customers as (
    select * from {{ ref('int_customers') }}
),

hashes as (
    select * from {{ ref('int_customer_activity_hashes') }}
),

before as (
    select * from {{ ref('stg_history_activity_hashes') }}
),

history_day as (
    select * from {{ ref('int_history_day') }}
),

id_changes as (
    select * from {{ ref('int_customer_id_changes') }}
)

-- Of a newcomer rows are late if an id of theirs was there before; that visits of the days before are now theirs is nothing late.
select
    movers.customer_id,
    before.customer_id is null as is_newcomer,
    id_changes.customer_id is not null as has_other_ids,
    case
        when customers.customer_id is null then true
        when before.customer_id is null
            then coalesce({{ local_date('customers.first_seen_at') }} <= history_day.published_on, true)
        else coalesce(hashes.hash_until_published, 0) <> coalesce(before.activity_hash, 0)
    end as has_late_rows
from movers
cross join history_day
left join customers on movers.customer_id = customers.customer_id
left join hashes on movers.customer_id = hashes.customer_id
left join before on movers.customer_id = before.customer_id
left join id_changes on movers.customer_id = id_changes.customer_id
