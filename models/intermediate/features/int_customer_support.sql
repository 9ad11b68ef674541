{% set as_of = as_of_date() -%}

with tickets as (
    select *
    from {{ ref('stg_support_tickets') }}
    where opened_on <= {{ as_of }} and {{ in_last_days('opened_on', 30) }}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

states as (
    select
        customer_ids.customer_id,
        tickets.closed_on is null or tickets.closed_on > {{ as_of }} as is_open,
        -- What was said when a ticket closed is not known before.
        case when coalesce(tickets.closed_on <= {{ as_of }}, true) then tickets.nps end as nps,
        case when coalesce(tickets.closed_on <= {{ as_of }}, true) then tickets.satisfaction end as satisfaction
    from tickets
    inner join customer_ids on tickets.customer_id = customer_ids.source_customer_id
)

select
    customer_id,
    count(case when is_open then 1 end) as open_tickets_30d,
    min(nps) as lowest_nps_30d,
    min(satisfaction) as lowest_satisfaction_30d
from states
group by customer_id
