with totals as (
    select * from {{ ref('int_order_totals') }} where line in ('counted', 'refunded')
)

select
    owner_kind,
    {{ as_of_date() }} as as_of_date,
    cast(sum(amount) as decimal(18, 2)) as net_revenue
from totals
group by owner_kind
