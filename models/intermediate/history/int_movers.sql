with movers as (
    select distinct customer_id from {{ ref('int_segment_movements') }}
),

customers as (
    select
        customer_id,
        {{ local_date('first_seen_at') }} as first_seen_on
    from {{ ref('int_customers') }}
),

activities as (
    select * from {{ ref('int_customer_activity_hashes') }}
),

published as (
    select * from {{ ref('stg_history_activity_hashes') }}
),

history_day as (
    select * from {{ ref('int_history_day') }}
),

id_changes as (
    select * from {{ ref('int_customer_id_changes') }}
)

-- Rows of a newcomer are late if one of their ids was seen before. Earlier visits that an identifier now gives them are not.
select
    movers.customer_id,
    published.customer_id is null as is_newcomer,
    id_changes.customer_id is not null as has_other_ids,
    case
        when customers.customer_id is null then true
        when published.customer_id is null
            then coalesce(customers.first_seen_on <= history_day.published_on, true)
        else coalesce(activities.hash_until_published, 0) <> coalesce(published.activity_hash, 0)
    end as has_late_rows
from movers
cross join history_day
left join customers on movers.customer_id = customers.customer_id
left join activities on movers.customer_id = activities.customer_id
left join published on movers.customer_id = published.customer_id
left join id_changes on movers.customer_id = id_changes.customer_id
