-- One row per customer who is in a segment on one day and was not on an earlier one: since when, why, and what they bring now.
with stays as (
    select customer_id, entered_on, entry_cause, exited_on
    from marts.segment_membership_history
    where segment_key = $segment_key
),

held_before as (
    select customer_id
    from stays
    where entered_on <= $after and (exited_on is null or exited_on > $after)
)

select
    stays.customer_id,
    stays.entered_on,
    stays.entry_cause,
    customers.net_revenue_365d,
    customers.last_ordered_on,
    customers.is_contactable_email
from stays
left join marts.customers as customers on stays.customer_id = customers.customer_id
where stays.entered_on > $after and stays.entered_on <= $until
    and (stays.exited_on is null or stays.exited_on > $until)
    and stays.customer_id not in (select customer_id from held_before)
order by customers.net_revenue_365d desc nulls last, stays.customer_id
