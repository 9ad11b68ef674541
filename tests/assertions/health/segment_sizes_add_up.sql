{{ config(tags=['health']) }}
-- Stages and tiers divide all customers, RFM segments those with a completed order; and sizes are those of the members.
-- A segment that cannot be computed has neither.
with divided as (
    select 'lifecycle' as segment_kind, count(*) as customers from {{ ref('customers') }}
    union all
    select 'value', count(*) from {{ ref('customers') }}
    union all
    select 'engagement', count(*) from {{ ref('customers') }}
    union all
    select 'rfm', count(*) from {{ ref('customer_rfm') }}
),

expected as (
    select * from divided
    where segment_kind in (select segment_kind from {{ ref('segment_catalogue') }} where status = 'active')
),

members as (
    select
        segment_key,
        segment_kind,
        count(*) as customers
    from {{ ref('segment_members') }}
    group by segment_key, segment_kind
),

members_of_kinds as (
    select segment_kind, sum(customers) as customers from members group by segment_kind
)

select
    expected.segment_kind as subject,
    expected.customers as expected_customers,
    coalesce(members_of_kinds.customers, 0) as customers
from expected
left join members_of_kinds on expected.segment_kind = members_of_kinds.segment_kind
where expected.customers <> coalesce(members_of_kinds.customers, 0)
union all
select
    coalesce(members.segment_key, performance.segment_key),
    coalesce(members.customers, 0),
    coalesce(performance.customers, 0)
from members
full outer join {{ ref('segment_performance') }} as performance on members.segment_key = performance.segment_key
where coalesce(members.customers, 0) <> coalesce(performance.customers, 0)
