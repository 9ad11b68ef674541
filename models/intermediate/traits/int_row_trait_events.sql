with targets as (
    select * from {{ ref('int_row_trait_targets') }} where counted_in = 'event'
),

kinds as (
    select distinct event_name, is_visit, is_usage from {{ ref('event_taxonomy') }}
    union all
    select 'ticket_opened', false, false
),

activities as (
    select *, event_name as activity from kinds
    union all
    select *, 'visited' from kinds where is_visit
    union all
    select *, 'used' from kinds where is_usage
)

-- Traits look at few of 50 M events. This small table filters them before they are joined with products and customers.
select
    activities.event_name,
    activities.is_visit,
    activities.is_usage,
    activities.activity,
    targets.scope,
    case when targets.scope like 'properties.%' then substring(targets.scope, 12) else targets.scope end as property_key,
    min(targets.from_days) as from_days,
    max(targets.to_days) as to_days
from activities
inner join targets on activities.activity = targets.activity
group by activities.event_name, activities.is_visit, activities.is_usage, activities.activity, targets.scope
