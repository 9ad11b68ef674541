{{ config(tags=['rules']) }}
select
    'segment_bounds' as rule_table,
    bounds.segment_key,
    'segments has no such segment' as problem
from {{ ref('segment_bounds') }} as bounds
left join {{ ref('segments') }} as catalogue on bounds.segment_key = catalogue.segment_key
where catalogue.segment_key is null
