with events as (
    select * from {{ ref('stg_events') }} where customer_id is not null or anonymous_id is not null
)

-- Events are grouped by the ids of the source, so that customers are joined to one row per id and day. Grouping is what costs,
-- and each further column widens the groups: int_customer_event_targets counts what windows need.
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
