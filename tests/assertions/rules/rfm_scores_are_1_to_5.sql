{{ config(tags=['rules']) }}
-- Ranges of scores stay within the scores there are.
select
    'rfm_segments' as rule_table,
    priority,
    rfm_segment,
    'a score range reaches beyond 1 to 5' as problem
from {{ ref('rfm_segments') }}
where
    least(min_recency_score, min_frequency_score, min_monetary_score) < 1
    or greatest(max_recency_score, max_frequency_score, max_monetary_score) > 5
