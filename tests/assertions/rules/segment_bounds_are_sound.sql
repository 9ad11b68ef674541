{{ config(tags=['rules']) }}
-- Each row of bounds names a segment and holds shares, and a share that is an error is a warning, too.
with catalogue as (
    select distinct segment_key from {{ ref('segments') }}
),

judged as (
    select
        bounds.segment_key,
        case
            when catalogue.segment_key is null then 'segments has no such segment'
            when bounds.min_share_error > bounds.min_share_warn then 'min_share_error is above min_share_warn'
            when bounds.max_share_error < bounds.max_share_warn then 'max_share_error is below max_share_warn'
            when least(bounds.min_share_error, bounds.min_completeness) < 0
                or greatest(bounds.max_share_error, bounds.min_completeness) > 1 then 'a share is not between 0 and 1'
        end as problem
    from {{ ref('segment_bounds') }} as bounds
    left join catalogue on bounds.segment_key = catalogue.segment_key
)

select
    'segment_bounds' as rule_table,
    segment_key,
    problem
from judged
where problem is not null
