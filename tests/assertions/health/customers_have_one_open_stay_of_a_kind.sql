{{ config(tags=['health', 'rows_shown']) }}
-- Nobody has two open stays in segments of a kind with one segment per customer. It looks at those who entered one on the day.
with open_stays as (
    select
        customer_id,
        segment_key,
        segment_kind,
        entered_on
    from {{ ref('segment_membership_history') }}
    where exited_on is null and segment_kind <> 'behaviour'
),

entered as (
    select * from open_stays where entered_on = {{ as_of_date() }}
)

select
    entered.segment_kind,
    entered.segment_key,
    open_stays.segment_key as other_segment_key,
    count(*) as count_customers
from entered
inner join open_stays
    on entered.customer_id = open_stays.customer_id
        and entered.segment_kind = open_stays.segment_kind
        and entered.segment_key <> open_stays.segment_key
group by entered.segment_kind, entered.segment_key, open_stays.segment_key
