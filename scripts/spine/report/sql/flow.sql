-- One row per segment of a kind on one day and on another: who went where; none for who had or has none.
with stays as (
    select customer_id, segment_key, entered_on, exited_on
    from marts.segment_membership_history
    where segment_kind = $kind
),

days as (
    select
        customer_id,
        max(case when entered_on <= $after and (exited_on is null or exited_on > $after) then segment_key end) as from_key,
        max(case when entered_on <= $until and (exited_on is null or exited_on > $until) then segment_key end) as to_key
    from stays
    group by customer_id
)

select coalesce(from_key, 'none') as from_key, coalesce(to_key, 'none') as to_key, count(*) as customers
from days
where from_key is not null or to_key is not null
group by from_key, to_key
order by customers desc, from_key, to_key
