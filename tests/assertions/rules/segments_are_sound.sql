{{ config(tags=['rules']) }}
select
    'segments' as rule_table,
    segment_key,
    version,
    case
        when segment_kind not in ('rfm', 'lifecycle', 'value', 'engagement', 'behaviour')
            then 'segment_kind is none of rfm, lifecycle, value, engagement, behaviour'
        when status not in ('draft', 'active', 'retired') then 'status is none of draft, active, retired'
        when version < 1 then 'version is below 1'
        when segment_key <> lower(segment_key) or position(' ' in segment_key) > 0 then 'segment_key is not in snake case'
        else 'segment_key does not begin with its kind'
    end as problem
from {{ ref('segments') }}
where
    segment_kind not in ('rfm', 'lifecycle', 'value', 'engagement', 'behaviour')
    or status not in ('draft', 'active', 'retired')
    or version < 1
    or segment_key <> lower(segment_key)
    or position(' ' in segment_key) > 0
    or (segment_kind <> 'behaviour' and position(segment_kind || '_' in segment_key) <> 1)
