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
        {%- for axis in rfm_axes() %}
        cast({{ rfm_score(axis, 'cut_points') }} as integer) as {{ axis.name }}_score{{ ',' if not loop.last }}
        {%- endfor %}
    from metrics
)

select
    *,
    cast(recency_score as {{ dbt.type_string() }})
    || cast(frequency_score as {{ dbt.type_string() }})
    || cast(monetary_score as {{ dbt.type_string() }}) as rfm_score
from scored
