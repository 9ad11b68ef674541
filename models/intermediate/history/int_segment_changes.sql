{{ config(materialized='view') }}

with movements as (
    select * from {{ ref('int_segment_movement_causes') }}
),

-- A customer has one segment of each kind but behaviour: where they leave is where they come from.
paired as (
    select
        movements.*,
        counterparts.segment_key as counterpart
    from movements
    left join movements as counterparts
        on movements.segment_kind <> 'behaviour'
            and movements.customer_id = counterparts.customer_id
            and movements.segment_kind = counterparts.segment_kind
            and movements.is_entry <> counterparts.is_entry
)

select customer_id, segment_key, segment_kind, changed_on, change, cause, from_segment_key, to_segment_key
from {{ ref('stg_history_changes') }}
where changed_on > {{ add_days(as_of_date(), -whole_number('history_days', least=1)) }}
union all
select
    customer_id,
    segment_key,
    segment_kind,
    {{ as_of_date() }},
    case when is_entry then 'entered' else 'left' end,
    cause,
    case when is_entry then counterpart when segment_kind <> 'behaviour' then segment_key end,
    case when not is_entry then counterpart when segment_kind <> 'behaviour' then segment_key end
from paired
