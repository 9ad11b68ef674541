{{ config(materialized='view') }}

with stays as (
    select * from {{ ref('segment_membership_history') }}
),

changes as (
    select
        customer_id,
        segment_key,
        segment_kind,
        as_of_date,
        entered_on as changed_on,
        'entered' as change,
        entry_cause as cause
    from stays
    where entry_cause <> 'start'
    union all
    select customer_id, segment_key, segment_kind, as_of_date, exited_on, 'left', exit_cause
    from stays
    where exited_on is not null
),

recent as (
    select * from changes
    where changed_on > {{ add_days('as_of_date', -whole_number('history_days', least=1)) }}
)

-- A customer has one segment of each kind but behaviour: where they leave is where they come from.
select
    recent.customer_id,
    recent.segment_key,
    recent.as_of_date,
    recent.segment_kind,
    recent.changed_on,
    recent.change,
    recent.cause,
    case
        when recent.segment_kind = 'behaviour' then null
        when recent.change = 'left' then recent.segment_key
        else counterparts.segment_key
    end as from_segment_key,
    case
        when recent.segment_kind = 'behaviour' then null
        when recent.change = 'entered' then recent.segment_key
        else counterparts.segment_key
    end as to_segment_key
from recent
left join recent as counterparts
    on recent.segment_kind <> 'behaviour'
        and recent.customer_id = counterparts.customer_id
        and recent.segment_kind = counterparts.segment_kind
        and recent.changed_on = counterparts.changed_on
        and recent.change <> counterparts.change
