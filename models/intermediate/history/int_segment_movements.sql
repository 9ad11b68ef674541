with members as (
    select * from {{ ref('int_segment_members') }}
),

open_stays as (
    select * from {{ ref('stg_history_stays') }} where exited_on is null
),

segments as (
    select * from {{ ref('int_segments') }}
),

ledger as (
    select * from {{ ref('int_history_day') }} where published_on is not null
),

moved as (
    select
        coalesce(members.customer_id, open_stays.customer_id) as customer_id,
        coalesce(members.segment_key, open_stays.segment_key) as segment_key,
        coalesce(members.segment_kind, open_stays.segment_kind) as segment_kind,
        coalesce(members.rule_version, open_stays.rule_version) as rule_version,
        open_stays.customer_id is null as is_entry
    from members
    full outer join open_stays
        on members.customer_id = open_stays.customer_id and members.segment_key = open_stays.segment_key
    where members.customer_id is null or open_stays.customer_id is null
)

-- Nobody enters or leaves a segment that cannot be computed: its stays are suspended.
select moved.*
from moved
cross join ledger
left join segments on moved.segment_key = segments.segment_key
where coalesce(segments.status <> 'not_computable', true)
