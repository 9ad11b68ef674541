select
    customers.customer_id,
    customers.rfm_segment,
    customers.lifecycle_stage,
    members.customer_id is not null as is_regular
from {{ ref('segment_spine', 'customers') }} as customers
left join {{ ref('segment_spine', 'segment_members') }} as members
    on customers.customer_id = members.customer_id and members.segment_key = 'regulars'
