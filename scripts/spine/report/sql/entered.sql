-- One row per customer who entered a segment after one day and up to another and was still in it then.
select
    stays.customer_id,
    stays.entered_on,
    stays.entry_cause,
    customers.net_revenue_365d,
    customers.last_ordered_on,
    customers.is_contactable_email
from marts.segment_membership_history as stays
left join marts.customers as customers on stays.customer_id = customers.customer_id
where stays.segment_key = $segment_key
    and stays.entry_cause <> 'start'
    and stays.entered_on > $after and stays.entered_on <= $until
    and (stays.exited_on is null or stays.exited_on > $until)
order by customers.net_revenue_365d desc nulls last, stays.customer_id
