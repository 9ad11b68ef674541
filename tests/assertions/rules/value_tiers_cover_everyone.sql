{{ config(tags=['rules']) }}
-- On every day the bands hold each share of customers from 0 to 1 once, and one row holds the customers without value.
with rules as (
    select * from {{ ref('value_tiers') }}
),

days as (
    select valid_from as day from rules
    union
    select {{ add_days('valid_to', 1) }} from rules where valid_to < cast('9999-12-31' as date)
),

bands as (
    select
        days.day,
        rules.value_tier,
        rules.min_share,
        rules.max_share,
        lag(rules.max_share) over (partition by days.day order by rules.min_share, rules.max_share) as previous_max_share,
        row_number() over (partition by days.day order by rules.max_share desc) as from_above
    from days
    inner join rules on days.day between rules.valid_from and rules.valid_to
    where rules.has_value
),

faults as (
    select day, value_tier, 'the band does not begin where the one below it ends' as problem
    from bands
    where min_share <> coalesce(previous_max_share, 0)
    union all
    select day, value_tier, 'the band is empty'
    from bands
    where min_share >= max_share
    union all
    select day, value_tier, 'the last band does not reach the end'
    from bands
    where from_above = 1 and max_share <> 1
    union all
    select days.day, cast(null as {{ dbt.type_string() }}), 'there is not exactly one row for customers without value'
    from days
    left join rules on days.day between rules.valid_from and rules.valid_to and not rules.has_value
    group by days.day
    having count(rules.value_tier) <> 1
    union all
    select day, cast(null as {{ dbt.type_string() }}), 'there is no band on this day'
    from days
    where day not in (select day from bands)
)

select
    'value_tiers' as rule_table,
    day,
    value_tier,
    problem
from faults
