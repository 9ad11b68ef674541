with health as (
    select * from {{ ref('int_segment_health') }}
)

select
    segment_key,
    {{ as_of_date() }} as as_of_date,
    segment_kind,
    customers,
    customer_share,
    data_completeness,
    min_share_warn,
    max_share_warn,
    min_share_error,
    max_share_error,
    min_completeness,
    health_status,
    case when health_status <> 'not_computable' then health_status = 'ok' end as is_within_bounds,
    reason
from health
