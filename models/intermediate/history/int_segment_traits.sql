select segment_key, trait from {{ ref('int_clauses') }}
union
select segment_key, trait from {{ ref('stg_history_clauses') }}
union
select
    segment_key,
    case segment_kind
        when 'rfm' then 'rfm_segment'
        when 'lifecycle' then 'lifecycle_stage'
        when 'value' then 'value_tier'
        when 'engagement' then 'engagement_tier'
    end
from {{ ref('int_segments') }}
where segment_kind <> 'behaviour'
