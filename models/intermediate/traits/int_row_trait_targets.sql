with row_traits as (
    select * from {{ ref('int_row_traits_in_use') }} where counted_in <> 'profile'
),

activities as (
    select distinct
        trait,
        {{ each_entry('activity') }} as activity
    from row_traits
),

scope_values as (
    select distinct
        trait,
        {{ each_entry('scope_value') }} as scope_value
    from row_traits
),

targets as (
    select
        row_traits.trait,
        row_traits.measure,
        row_traits.counted_in,
        row_traits.from_days,
        row_traits.to_days,
        activities.activity,
        row_traits.scope,
        scope_values.scope_value
    from row_traits
    inner join activities on row_traits.trait = activities.trait
    inner join scope_values on row_traits.trait = scope_values.trait
)

select
    *,
    false as is_whole
from targets
union all
-- A share is of the same activity in any scope, of orders also of those without lines.
select distinct
    trait,
    measure,
    case when counted_in = 'order_line' then 'order' else counted_in end,
    from_days,
    to_days,
    activity,
    'any',
    'any',
    true
from targets
where measure = 'share'
