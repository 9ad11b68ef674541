{{ config(tags=['rules'], severity='warn', group='spine') }}
-- Raising one score by one never leads to a worse segment. The segments are ordered by their first rows, best first.
-- A scheme in which that is meant says so in a row of accepted_warnings.
with grid as (
    select
        *,
        min(priority) over (partition by rfm_segment) as segment_rank
    from {{ ref('int_rfm_grid') }}
)

select
    'rfm_segments' as rule_table,
    lower_cell.recency_score || '' || lower_cell.frequency_score || lower_cell.monetary_score as lower_score,
    lower_cell.rfm_segment as lower_segment,
    higher_cell.recency_score || '' || higher_cell.frequency_score || higher_cell.monetary_score as higher_score,
    higher_cell.rfm_segment as higher_segment,
    'the higher score is in the worse segment' as problem
from grid as lower_cell
inner join grid as higher_cell
    on (
        higher_cell.recency_score = lower_cell.recency_score + 1
        and higher_cell.frequency_score = lower_cell.frequency_score
        and higher_cell.monetary_score = lower_cell.monetary_score
    )
    or (
        higher_cell.recency_score = lower_cell.recency_score
        and higher_cell.frequency_score = lower_cell.frequency_score + 1
        and higher_cell.monetary_score = lower_cell.monetary_score
    )
    or (
        higher_cell.recency_score = lower_cell.recency_score
        and higher_cell.frequency_score = lower_cell.frequency_score
        and higher_cell.monetary_score = lower_cell.monetary_score + 1
    )
where
    higher_cell.segment_rank > lower_cell.segment_rank
    and not exists (select 1 from {{ ref('accepted_warnings') }} where warning = 'rfm_grid_is_monotone')
