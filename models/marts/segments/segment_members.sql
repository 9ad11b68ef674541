with members as (
    select * from {{ ref('int_segment_members') }}
)

select
    segment_key,
    customer_id,
    {{ as_of_date() }} as as_of_date,
    segment_kind,
    rule_version
from members
