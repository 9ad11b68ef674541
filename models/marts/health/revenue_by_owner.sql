with revenue as (
    select * from {{ ref('int_revenue_by_owner') }}
)

select
    owner_kind,
    {{ as_of_date() }} as as_of_date,
    net_revenue
from revenue
