-- One row per value tier on one day and on another: whose value has gone up or down. The first tier is the best.
with tiers as (
    select segment_key, label, row_number() over (order by priority) as place
    from marts.segments
    where segment_kind = 'value'
),

stays as (
    select customer_id, segment_key, entered_on, exited_on
    from marts.segment_membership_history
    where segment_kind = 'value'
),

days as (
    select
        customer_id,
        max(case when entered_on <= $after and (exited_on is null or exited_on > $after) then segment_key end) as from_key,
        max(case when entered_on <= $until and (exited_on is null or exited_on > $until) then segment_key end) as to_key
    from stays
    group by customer_id
)

select
    tiers_before.label as from_label,
    tiers_after.label as to_label,
    tiers_after.place < tiers_before.place as is_up,
    count(*) as customers
from days
inner join tiers as tiers_before on days.from_key = tiers_before.segment_key
inner join tiers as tiers_after on days.to_key = tiers_after.segment_key
where days.from_key <> days.to_key
group by all
order by is_up desc, customers desc, from_label, to_label
