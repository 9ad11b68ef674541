{{ config(tags=['health', 'rows_shown'], group='spine') }}
-- The days hold each staged event of a customer or visitor once.
with staged as (
    select count(*) as events
    from {{ ref('stg_events') }}
    where customer_id is not null or anonymous_id is not null
),

counted as (
    select coalesce(sum(events), 0) as events from {{ ref('int_event_days') }}
)

select
    staged.events as staged_events,
    counted.events as counted_events
from staged
cross join counted
where staged.events <> counted.events
