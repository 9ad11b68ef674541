with sizes as (
    select * from {{ ref('int_segment_sizes') }}
),

bounds as (
    select * from {{ ref('segment_bounds') }}
)

select
    sizes.segment_key,
    sizes.segment_kind,
    sizes.customers,
    sizes.customer_share,
    sizes.data_completeness,
    bounds.min_share_warn,
    bounds.max_share_warn,
    bounds.min_share_error,
    bounds.max_share_error,
    bounds.min_completeness,
    case
        when sizes.lacks is not null then 'not_computable'
        when not sizes.is_judged then 'ok'
        when sizes.customer_share < bounds.min_share_error or sizes.customer_share > bounds.max_share_error
            or sizes.data_completeness < bounds.min_completeness then 'error'
        when sizes.customer_share < bounds.min_share_warn or sizes.customer_share > bounds.max_share_warn then 'warn'
        else 'ok'
    end as health_status,
    case
        when sizes.lacks is not null then 'needs ' || replace(sizes.lacks, '|', ' and ')
        when not sizes.is_judged then 'too few customers to judge'
        when sizes.customer_share < bounds.min_share_error then 'share below min_share_error'
        when sizes.customer_share > bounds.max_share_error then 'share above max_share_error'
        when sizes.data_completeness < bounds.min_completeness then 'completeness below min_completeness'
        when sizes.customer_share < bounds.min_share_warn then 'share below min_share_warn'
        when sizes.customer_share > bounds.max_share_warn then 'share above max_share_warn'
    end as reason
from sizes
left join bounds on sizes.segment_key = bounds.segment_key
