{{ config(tags=['rules'], group='spine') }}
-- Each rule row of the day decides at least one of the score cells 111 to 555, and each RFM segment of the catalogue has one.
with rules as (
    select *, {{ is_valid_as_of() }} as is_valid from {{ ref('rfm_segments') }}
),

grid as (
    select * from {{ ref('int_rfm_grid') }}
),

faults as (
    select rules.priority, rules.rfm_segment, 'rows before this one hold all of its score cells' as problem
    from rules
    left join grid on rules.priority = grid.priority
    where grid.priority is null and rules.is_valid
    union all
    select priority, rfm_segment, 'a score range reaches beyond 1 to 5'
    from rules
    where
        least(min_recency_score, min_frequency_score, min_monetary_score) < 1
        or greatest(max_recency_score, max_frequency_score, max_monetary_score) > 5
    union all
    select cast(null as integer), catalogue.segment_name, 'no score cell leads to this segment, which is in segments'
    from {{ ref('int_segments') }} as catalogue
    left join grid on catalogue.segment_name = grid.rfm_segment
    where catalogue.segment_kind = 'rfm' and catalogue.status = 'active' and grid.rfm_segment is null
)

select
    'rfm_segments' as rule_table,
    priority,
    rfm_segment,
    problem
from faults
