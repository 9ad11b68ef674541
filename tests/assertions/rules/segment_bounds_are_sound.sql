{{ config(tags=['rules']) }}
-- Bounds are shares, and what is an error is a warning, too.
select
    'segment_bounds' as rule_table,
    segment_key,
    case
        when min_share_error > min_share_warn then 'min_share_error is above min_share_warn'
        when max_share_error < max_share_warn then 'max_share_error is below max_share_warn'
        else 'a share is not between 0 and 1'
    end as problem
from {{ ref('segment_bounds') }}
where
    min_share_error > min_share_warn
    or max_share_error < max_share_warn
    or least(min_share_error, min_completeness) < 0
    or greatest(max_share_error, min_completeness) > 1
