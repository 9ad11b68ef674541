with targets as (
    select distinct target_id, counted_in, counts_days, activity, scope, scope_value, from_days, to_days
    from {{ ref('int_row_trait_parts') }}
),

activities as (
    select distinct
        target_id,
        {{ each_entry('activity') }} as activity
    from targets
),

scope_values as (
    select distinct
        target_id,
        {{ each_entry('scope_value') }} as scope_value
    from targets
)

select
    targets.target_id,
    targets.counted_in,
    targets.counts_days,
    targets.from_days,
    targets.to_days,
    activities.activity,
    targets.scope,
    scope_values.scope_value
from targets
inner join activities on targets.target_id = activities.target_id
inner join scope_values on targets.target_id = scope_values.target_id
