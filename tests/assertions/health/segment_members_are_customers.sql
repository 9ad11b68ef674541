{{ config(tags=['health']) }}
select
    members.segment_key,
    count(*) as members_who_are_no_customers
from {{ ref('segment_members') }} as members
left join {{ ref('customers') }} as customers on members.customer_id = customers.customer_id
where customers.customer_id is null
group by members.segment_key
