with row_traits as (
    select * from {{ ref('int_row_traits_in_use') }} where counted_in <> 'profile'
),

parts as (
    select
        trait,
        measure,
        false as is_whole,
        counted_in,
        measure = 'days' as counts_days,
        activity,
        scope,
        scope_value,
        from_days,
        to_days
    from row_traits
    union all
    -- A share is of the same activity in all scopes; for orders these include orders without lines.
    select
        trait,
        measure,
        true,
        case when counted_in = 'order_line' then 'order' else counted_in end,
        false,
        activity,
        'any',
        'any',
        from_days,
        to_days
    from row_traits
    where measure = 'share'
)

-- Traits that differ in their measure alone are counted once: orders_30d and net_revenue_30d have one target.
select
    *,
    dense_rank() over (
        order by counted_in, counts_days, activity, scope, scope_value, from_days, to_days
    ) as target_id
from parts
