{%- set as_of = as_of_date() %}
{#- What an event counts as besides its name. -#}
{%- set kinds = [('visited', 'is_visit'), ('used', 'is_usage'), ('engaged', 'is_engaging'), ('interested', 'shows_interest')] %}

with movers as (
    select * from {{ ref('int_movers') }}
),

history_day as (
    select * from {{ ref('int_history_day') }}
),

order_days as (
    select order_days.*
    from {{ ref('int_customer_order_days') }} as order_days
    inner join history_day on order_days.activity_on > history_day.published_on
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

tickets as (
    select customer_ids.customer_id, tickets.opened_on, tickets.closed_on, history_day.published_on
    from {{ ref('stg_support_tickets') }} as tickets
    inner join customer_ids on tickets.customer_id = customer_ids.source_customer_id
    cross join history_day
),

kinds_of_events as (
    select distinct customer_id, event_name, is_visit, is_usage, is_engaging, shows_interest
    from {{ ref('int_customer_recent_events') }}
    where is_since_published
),

activities as (
    select customer_id, 'ordered' as activity from order_days where orders > 0
    union all
    select customer_id, 'refunded' from order_days where refunded_amount <> 0
    union all
    select customer_id, 'ticket_opened' from tickets where opened_on > published_on and opened_on <= {{ as_of }}
    union all
    select customer_id, 'ticket_closed' from tickets where closed_on > published_on and closed_on <= {{ as_of }}
    union all
    select customer_id, event_name from kinds_of_events where event_name is not null
    {%- for kind, flag in kinds %}
    union all
    select customer_id, '{{ kind }}' from kinds_of_events where {{ flag }}
    {%- endfor %}
    union all
    select customer_id, activity from {{ ref('int_customer_state_changes') }}
)

select distinct
    activities.customer_id,
    activities.activity
from activities
inner join movers on activities.customer_id = movers.customer_id
