with cut_points as (
    select * from {{ ref('int_cut_points') }}
)

select
    rule_table,
    {{ as_of_date() }} as as_of_date,
    priority,
    band,
    case rule_table
        when 'rfm_segments' then 'rfm_' || band
        when 'lifecycle_stages' then 'lifecycle_' || band
        when 'value_tiers' then 'value_' || band
        when 'engagement_tiers' then 'engagement_' || band
    end as segment_key,
    rule_version,
    metric,
    meaning,
    unit,
    decimals,
    lowest_value,
    highest_value,
    method,
    min_share,
    max_share
from cut_points
