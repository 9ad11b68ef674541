with changes as (
    select * from {{ ref('int_segment_changes') }}
    where changed_on = {{ as_of_date() }} and segment_kind <> 'behaviour'
),

customers as (
    select * from {{ ref('int_customer_performance') }}
),

-- Of a pair the entry speaks; an exit only where nothing was entered.
moves as (
    select
        changes.segment_kind,
        coalesce(changes.from_segment_key, 'none') as from_segment_key,
        coalesce(changes.to_segment_key, 'none') as to_segment_key,
        changes.customer_id,
        coalesce(customers.net_revenue_365d, 0) as net_revenue_365d
    from changes
    left join customers on changes.customer_id = customers.customer_id
    where changes.change = 'entered' or changes.to_segment_key is null
)

select day, segment_kind, from_segment_key, to_segment_key, customers, net_revenue_365d
from {{ ref('stg_history_transitions') }}
union all
select
    {{ as_of_date() }},
    segment_kind,
    from_segment_key,
    to_segment_key,
    count(*),
    cast(sum(net_revenue_365d) as decimal(18, 2))
from moves
group by segment_kind, from_segment_key, to_segment_key
