{% set as_of = as_of_date() -%}
{% set week_ago = add_days(as_of, -7) -%}

with days as {{ inlined() }} (
    select * from {{ ref('int_customer_event_days') }} where activity_on <= {{ as_of }}
),

lives as (
    select
        customer_id,
        max(case when engaging_events > 0 then activity_on end) as last_engaged_on
    from days
    group by customer_id
),

-- The longest window is 90 days as of a week ago, so older days are left out.
recent_days as (
    select
        *,
        {{ days_between('activity_on', as_of) }} as age,
        {{ days_between('activity_on', week_ago) }} as age_week_ago
    from days
    where activity_on > {{ add_days(week_ago, -90) }}
),

recent as (
    select
        customer_id,
        sum(case when age < 90 then engaging_events else 0 end) as engaging_events_90d,
        sum(case when age < 90 then engagement_weight * {{ decay('age', 14) }} else 0 end) as engagement_points,
        sum(
            case when age_week_ago between 0 and 89 then engagement_weight * {{ decay('age_week_ago', 14) }} else 0 end
        ) as engagement_points_7d_ago
    from recent_days
    group by customer_id
)

select
    lives.customer_id,
    lives.last_engaged_on,
    {{ rounded('coalesce(recent.engagement_points, 0)', 6) }} as engagement_points,
    {{ rounded('coalesce(recent.engagement_points_7d_ago, 0)', 6) }} as engagement_points_7d_ago,
    cast(coalesce(recent.engaging_events_90d, 0) as bigint) as engaging_events_90d
from lives
left join recent on lives.customer_id = recent.customer_id
