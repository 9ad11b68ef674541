{{ config(tags=['health', 'rows_shown'], group='spine') }}
-- The days hold each staged event of a customer or visitor once.
with staged as (
    select coalesce(sum(named_rows), 0) as events from {{ ref('int_event_name_quality') }}
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
