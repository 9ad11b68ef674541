with movements as (
    select owner_kind, amount as net_revenue
    from {{ ref('int_orders_resolved') }}
    where is_completed and ordered_on <= {{ as_of_date() }}
    union all
    select owner_kind, -amount
    from {{ ref('int_refunds_resolved') }}
    where counted_on <= {{ as_of_date() }}
)

select
    owner_kind,
    cast(sum(net_revenue) as decimal(18, 2)) as net_revenue
from movements
group by owner_kind
