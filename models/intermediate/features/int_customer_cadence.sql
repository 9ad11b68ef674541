with gaps as (
    select * from {{ ref('int_customer_order_gaps') }}
)

select
    customer_id,
    {{ median('gap_days') }} as purchase_cadence_days
from gaps
group by customer_id
having count(*) >= 2
