with scored as (
    select * from {{ ref('int_customer_rfm_scored') }}
),

grid as (
    select * from {{ ref('int_rfm_grid') }}
)

select
    scored.customer_id,
    scored.recency_days,
    scored.frequency,
    scored.monetary,
    scored.recency_score,
    scored.frequency_score,
    scored.monetary_score,
    scored.rfm_score,
    case when scored.rfm_score is null then 'unscored' else grid.rfm_segment end as rfm_segment,
    case when scored.rfm_score is null then 1 else grid.rule_version end as rule_version
from scored
left join grid
    on scored.recency_score = grid.recency_score
        and scored.frequency_score = grid.frequency_score
        and scored.monetary_score = grid.monetary_score
