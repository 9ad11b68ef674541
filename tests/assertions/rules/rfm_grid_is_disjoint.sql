{{ config(tags=['rules'], group='spine') }}
-- A score cell has one segment and no more, and there are no other cells than the 125.
select
    'rfm_segments' as rule_table,
    recency_score,
    frequency_score,
    monetary_score,
    'the grid holds this score cell ' || count(*) || ' times, or it is no score' as problem
from {{ ref('int_rfm_grid') }}
group by recency_score, frequency_score, monetary_score
having
    count(*) > 1
    or min(least(recency_score, frequency_score, monetary_score)) < 1
    or max(greatest(recency_score, frequency_score, monetary_score)) > 5
