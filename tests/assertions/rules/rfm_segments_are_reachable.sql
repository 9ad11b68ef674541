{{ config(tags=['rules'], group='spine') }}
-- Each RFM segment of the catalogue has a score cell, but rfm_unscored, which has no scores.
with catalogue as (
    select segment_key from {{ ref('segments') }}
    where segment_kind = 'rfm' and segment_key <> 'rfm_unscored' and status = 'active' and {{ is_valid_as_of() }}
)

select
    'segments' as rule_table,
    catalogue.segment_key,
    'no score cell leads to this segment' as problem
from catalogue
left join {{ ref('int_rfm_grid') }} as grid on catalogue.segment_key = 'rfm_' || grid.rfm_segment
where grid.rfm_segment is null
