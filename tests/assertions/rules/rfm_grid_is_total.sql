{{ config(tags=['rules'], group='spine') }}
-- Each of the 125 score cells has a segment.
with digits as (
    select 1 as score union all select 2 union all select 3 union all select 4 union all select 5
)

select
    'rfm_segments' as rule_table,
    recency.score as recency_score,
    frequency.score as frequency_score,
    monetary.score as monetary_score,
    'no row holds this score cell' as problem
from digits as recency
cross join digits as frequency
cross join digits as monetary
left join {{ ref('int_rfm_grid') }} as grid
    on recency.score = grid.recency_score
        and frequency.score = grid.frequency_score
        and monetary.score = grid.monetary_score
where grid.rfm_segment is null
