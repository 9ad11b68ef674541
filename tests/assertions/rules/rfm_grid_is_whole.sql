{{ config(tags=['rules'], group='spine') }}
-- Each of the 125 score cells has one segment and no more, and there are no other cells.
with digits as (
    select 1 as score union all select 2 union all select 3 union all select 4 union all select 5
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

grid as (
    select
        recency_score,
        frequency_score,
        monetary_score,
        count(rfm_segment) as count_segments
    from {{ ref('int_rfm_grid') }}
    group by recency_score, frequency_score, monetary_score
)

select
    'rfm_segments' as rule_table,
    coalesce(cells.recency_score, grid.recency_score) as recency_score,
    coalesce(cells.frequency_score, grid.frequency_score) as frequency_score,
    coalesce(cells.monetary_score, grid.monetary_score) as monetary_score,
    case
        when cells.recency_score is null then 'this is no score cell'
        else 'the grid holds this score cell ' || coalesce(grid.count_segments, 0) || ' times'
    end as problem
from cells
full outer join grid
    on cells.recency_score = grid.recency_score
        and cells.frequency_score = grid.frequency_score
        and cells.monetary_score = grid.monetary_score
where cells.recency_score is null or coalesce(grid.count_segments, 0) <> 1
