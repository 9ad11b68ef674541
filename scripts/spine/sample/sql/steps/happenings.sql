-- One row per event of the period, before its name, product and copies are looked up. Kept apart from that: see
-- `usage_events` on texts of a union in a join.
with together as (
    select * from browsing_events
    union all
    select * from checkout_events
    union all
    select * from usage_events
    union all
    select * from message_events
)

select * from together
where second between 0 and last_second()
