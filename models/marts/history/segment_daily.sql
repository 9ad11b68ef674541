with segment_daily as (
    select * from {{ ref('int_segment_daily') }}
)

select
    segment_key,
    day,
    {{ as_of_date() }} as as_of_date,
    segment_kind,
    customers,
    customers_before,
    entries,
    exits,
    churn_in_rate,
    churn_out_rate,
    {%- for cause in causes() %}
    entries_{{ cause }},
    exits_{{ cause }},
    {%- endfor %}
    {%- for channel in contact_channels() %}
    with_consent_{{ channel }},
    {%- endfor %}
    net_revenue_365d
from segment_daily
