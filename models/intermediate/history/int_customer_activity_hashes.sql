{%- set as_of = as_of_date() %}

with history_day as (
    select * from {{ ref('int_history_day') }}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

-- What has happened, each with its day. A sum of hashes does not depend on the order of rows.
activities as (
    select
        customer_id,
        activity_on,
        {{ hashed('activity_on, orders, discounted_orders, gross_revenue, refunded_amount, last_ordered_at') }} as row_hash
    from {{ ref('int_customer_order_days') }}
    union all
    select customer_id, activity_on, {{ hashed('activity_on, events, engaging_events, engagement_weight') }}
    from {{ ref('int_customer_event_days') }}
    where activity_on <= {{ as_of }}
    union all
    select customer_id, ordered_on, {{ hashed('order_id, ordered_on, product_id, category, units, amount') }}
    from {{ ref('int_customer_purchases') }}
    union all
    select customer_ids.customer_id, tickets.opened_on, {{ hashed("'opened', tickets.ticket_id, tickets.opened_on") }}
    from {{ ref('stg_support_tickets') }} as tickets
    inner join customer_ids on tickets.customer_id = customer_ids.source_customer_id
    where tickets.opened_on <= {{ as_of }}
    union all
    select
        customer_ids.customer_id,
        coalesce(tickets.closed_on, tickets.opened_on),
        {{ hashed("'closed', tickets.ticket_id, tickets.closed_on, tickets.nps, tickets.satisfaction") }}
    from {{ ref('stg_support_tickets') }} as tickets
    inner join customer_ids on tickets.customer_id = customer_ids.source_customer_id
    where
        coalesce(tickets.closed_on, tickets.opened_on) <= {{ as_of }}
        -- An open ticket adds no hash here: when it is closed, the hash of earlier days would change.
        and (tickets.closed_on is not null or tickets.nps is not null or tickets.satisfaction is not null)
)

select
    activities.customer_id,
    cast(sum(activities.row_hash) as decimal(38, 0)) as activity_hash,
    cast(
        sum(case when activities.activity_on <= history_day.published_on then activities.row_hash end) as decimal(38, 0)
    ) as hash_until_published
from activities
cross join history_day
group by activities.customer_id
