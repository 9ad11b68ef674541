with rfm as (
    select * from {{ ref('int_customer_rfm_segments') }}
)

select
    customer_id,
    {{ as_of_date() }} as as_of_date,
    recency_days,
    frequency,
    monetary,
    recency_score,
    frequency_score,
    monetary_score,
    rfm_score,
    rfm_segment,
    'rfm_' || rfm_segment as segment_key
from rfm
