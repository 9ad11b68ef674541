{{ config(alias='segments') }}

with segments as (
    select * from {{ ref('int_segments') }}
)

select
    segment_key,
    {{ as_of_date() }} as as_of_date,
    segment_kind,
    segment_name,
    label,
    description,
    owner,
    approver,
    status,
    lacks,
    version,
    valid_from,
    valid_to,
    priority,
    journey,
    recommended_action,
    reentry_days
from segments
