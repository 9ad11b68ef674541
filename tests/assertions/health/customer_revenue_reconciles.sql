{{ config(tags=['health']) }}
-- The customers' net revenue is that of orders and refunds owned by customers, to the cent.
with owned as (
    select coalesce(sum(net_revenue), 0) as net_revenue from {{ ref('revenue_by_owner') }} where owner_kind = 'customer'
),

summed as (
    select coalesce(sum(net_revenue_life), 0) as net_revenue from {{ ref('customers') }}
)

select
    owned.net_revenue as owned_net_revenue,
    summed.net_revenue as summed_net_revenue
from owned
cross join summed
where owned.net_revenue <> summed.net_revenue
