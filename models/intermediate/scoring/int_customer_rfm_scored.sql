{%- set recency, frequency, monetary = rfm_axes() %}

with metrics as (
    select * from {{ ref('int_customer_rfm_metrics') }}
),

cut_points as (
    select * from {{ ref('int_rfm_cut_points') }}
),

scored as (
    select
        customer_id,
        recency_days,
        frequency,
        monetary,
        cast({{ rfm_score(recency, 'cut_points') }} as integer) as recency_score,
        cast({{ rfm_score(frequency, 'cut_points') }} as integer) as frequency_score,
        cast({{ rfm_score(monetary, 'cut_points') }} as integer) as monetary_score
    from metrics
)

select
    *,
    cast(recency_score as {{ dbt.type_string() }})
    || cast(frequency_score as {{ dbt.type_string() }})
    || cast(monetary_score as {{ dbt.type_string() }}) as rfm_score
from scored
