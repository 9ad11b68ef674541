with events as (
    select * from {{ ref('stg_events') }} where customer_id is not null or anonymous_id is not null
)

-- By the ids of the source: whose they are is asked of few rows then, and of a day only once. Grouping is what this costs, and
-- each further column makes the groups wider: what a window counts is counted in the window (int_customer_event_targets).
select
    customer_id,
    anonymous_id,
    occurred_on,
    count(*) as events,
    min(occurred_at) as first_occurred_at,
    cast(sum(engagement_weight) as decimal(12, 2)) as engagement_weight,
    count(case when engagement_weight > 0 then 1 end) as engaging_events
from events
group by customer_id, anonymous_id, occurred_on
