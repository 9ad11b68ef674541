with movements as (
    select * from {{ ref('int_segment_movement_causes') }} where segment_kind <> 'behaviour'
),

customers as (
    select * from {{ ref('int_customer_performance') }}
),

moves as (
    select
        customer_id,
        segment_kind,
        coalesce(max(case when not is_entry then segment_key end), 'none') as from_segment_key,
        coalesce(max(case when is_entry then segment_key end), 'none') as to_segment_key
    from movements
    group by customer_id, segment_kind
)

select day, segment_kind, from_segment_key, to_segment_key, customers, net_revenue_365d
from {{ ref('stg_history_transitions') }}
union all
select
    {{ as_of_date() }},
    moves.segment_kind,
    moves.from_segment_key,
    moves.to_segment_key,
    count(*),
    cast(sum(coalesce(customers.net_revenue_365d, 0)) as decimal(18, 2))
from moves
left join customers on moves.customer_id = customers.customer_id
group by moves.segment_kind, moves.from_segment_key, moves.to_segment_key
