{{ config(tags=['rules']) }}
-- On every day the bands hold each number of points from 0 once, and one row holds the customers without engagement.
with rules as (
    select * from {{ ref('engagement_tiers') }}
),

days as (
    select valid_from as day from rules
    union
    select {{ add_days('valid_to', 1) }} from rules where valid_to < cast('9999-12-31' as date)
),

bands as (
    select
        days.day,
        rules.engagement_tier,
        rules.min_points,
        rules.max_points,
        lag(rules.max_points) over (partition by days.day order by rules.min_points, rules.max_points) as previous_max_points,
        row_number() over (partition by days.day order by rules.max_points desc) as from_above
    from days
    inner join rules on days.day between rules.valid_from and rules.valid_to
    where rules.has_engagement
),

faults as (
    select day, engagement_tier, 'the band does not begin where the one below it ends' as problem
    from bands
    where min_points <> coalesce(previous_max_points, 0)
    union all
    select day, engagement_tier, 'the band is empty'
    from bands
    where min_points >= max_points
    union all
    select day, engagement_tier, 'the last band does not reach the end'
    from bands
    where from_above = 1 and max_points < 999999999
    union all
    select days.day, cast(null as {{ dbt.type_string() }}), 'there is not exactly one row for customers without engagement'
    from days
    left join rules on days.day between rules.valid_from and rules.valid_to and not rules.has_engagement
    group by days.day
    having count(rules.engagement_tier) <> 1
    union all
    select day, cast(null as {{ dbt.type_string() }}), 'there is no band on this day'
    from days
    where day not in (select day from bands)
)

select
    'engagement_tiers' as rule_table,
    day,
    engagement_tier,
    problem
from faults
