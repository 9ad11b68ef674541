-- depends_on: {{ ref('rfm_fixed_bands') }}
with metrics as (
    select * from {{ ref('int_customer_rfm_metrics') }}
),

recency_scores as (
    {{ rfm_axis_scores('recency') }}
),

frequency_scores as (
    {{ rfm_axis_scores('frequency') }}
),

monetary_scores as (
    {{ rfm_axis_scores('monetary') }}
)

select
    metrics.customer_id,
    metrics.recency_days,
    metrics.frequency,
    metrics.monetary,
    cast(recency_scores.score as integer) as recency_score,
    cast(frequency_scores.score as integer) as frequency_score,
    cast(monetary_scores.score as integer) as monetary_score,
    cast(recency_scores.score as {{ dbt.type_string() }})
    || cast(frequency_scores.score as {{ dbt.type_string() }})
    || cast(monetary_scores.score as {{ dbt.type_string() }}) as rfm_score
from metrics
left join recency_scores on metrics.customer_id = recency_scores.customer_id
left join frequency_scores on metrics.customer_id = frequency_scores.customer_id
left join monetary_scores on metrics.customer_id = monetary_scores.customer_id
