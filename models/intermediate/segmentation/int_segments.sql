with segments as (
    select * from {{ ref('segments') }}
),

-- The version of the day; a segment that is not valid on the day shows its newest version, as not in use.
ranked as (
    select
        *,
        {{ is_valid_as_of() }} as is_valid,
        row_number() over (
            partition by segment_key
            order by case when {{ is_valid_as_of() }} then 0 else 1 end, version desc
        ) as version_rank
    from segments
)

select
    segment_key,
    segment_kind,
    case when segment_kind = 'behaviour' then segment_key else substring(segment_key, length(segment_kind) + 2) end
        as segment_name,
    label,
    description,
    owner,
    approver,
    case when is_valid then status else 'not_valid' end as status,
    version,
    valid_from,
    valid_to,
    priority,
    journey,
    recommended_action
from ranked
where version_rank = 1
