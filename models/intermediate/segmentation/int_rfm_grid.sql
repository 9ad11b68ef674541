with digits as (
    select 1 as score union all select 2 union all select 3 union all select 4 union all select 5
),

rules as (
    select * from {{ ref('rfm_segments') }} where {{ is_valid_as_of() }}
),

cells as (
    select
        recency.score as recency_score,
        frequency.score as frequency_score,
        monetary.score as monetary_score
    from digits as recency
    cross join digits as frequency
    cross join digits as monetary
),

matched as (
    select
        cells.*,
        rules.rfm_segment,
        rules.priority,
        rules.version as rule_version,
        row_number() over (
            partition by cells.recency_score, cells.frequency_score, cells.monetary_score
            order by rules.priority
        ) as rule_rank
    from cells
    left join rules
        on cells.recency_score between rules.min_recency_score and rules.max_recency_score
            and cells.frequency_score between rules.min_frequency_score and rules.max_frequency_score
            and cells.monetary_score between rules.min_monetary_score and rules.max_monetary_score
)

select
    recency_score,
    frequency_score,
    monetary_score,
    rfm_segment,
    priority,
    rule_version
from matched
where rule_rank = 1
