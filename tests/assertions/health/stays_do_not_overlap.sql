{{ config(tags=['health', 'rows_shown']) }}
-- A stay ends after it began, and before the customer enters the same segment again. It looks at the stays that began
-- or ended on the day: earlier runs have looked at the others.
with stays as (
    select * from {{ ref('segment_membership_history') }}
),

entered as (
    select
        customer_id,
        segment_key,
        entered_on
    from stays
    where entered_on = {{ as_of_date() }}
)

select
    segment_key,
    'ends before it begins, or after the day' as problem,
    count(*) as count_stays
from stays
where
    entered_on > {{ as_of_date() }}
    or exited_on > {{ as_of_date() }}
    or (exited_on = {{ as_of_date() }} and entered_on >= exited_on)
group by segment_key
union all
select
    entered.segment_key,
    'overlaps an earlier stay',
    count(*)
from entered
inner join stays
    on entered.customer_id = stays.customer_id
        and entered.segment_key = stays.segment_key
        and stays.entered_on < entered.entered_on
        and coalesce(stays.exited_on > entered.entered_on, true)
group by entered.segment_key
