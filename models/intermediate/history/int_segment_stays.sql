{{ config(materialized='view') }}
{%- set as_of = as_of_date() %}

with before as (
    select * from {{ ref('stg_history_stays') }}
),

movements as (
    select * from {{ ref('int_segment_movement_causes') }}
),

segments as (
    select * from {{ ref('int_segments') }}
),

earlier_stays as (
    select
        before.customer_id,
        before.segment_key,
        count(*) as stays,
        max(before.exited_on) as last_exited_on
    from before
    inner join movements
        on movements.is_entry
            and before.customer_id = movements.customer_id
            and before.segment_key = movements.segment_key
    group by before.customer_id, before.segment_key
),

entries as (
    select customer_id, segment_key, segment_kind, rule_version, cause from movements where is_entry
    union all
    select members.customer_id, members.segment_key, members.segment_kind, members.rule_version, 'start'
    from {{ ref('int_segment_members') }} as members
    inner join {{ ref('int_history_day') }} as history_day on history_day.published_on is null
)

select
    customer_id, segment_key, segment_kind, entered_on, exited_on, entry_ordinal, is_early_reentry, rule_version, entry_cause,
    exit_cause
from before
where exited_on is not null
union all
select
    before.customer_id,
    before.segment_key,
    before.segment_kind,
    before.entered_on,
    case when movements.customer_id is not null then {{ as_of }} end,
    before.entry_ordinal,
    before.is_early_reentry,
    before.rule_version,
    before.entry_cause,
    movements.cause
from before
left join movements
    on not movements.is_entry
        and before.customer_id = movements.customer_id
        and before.segment_key = movements.segment_key
where before.exited_on is null
union all
select
    entries.customer_id,
    entries.segment_key,
    entries.segment_kind,
    {{ as_of }},
    null,
    cast(coalesce(earlier_stays.stays, 0) + 1 as integer),
    coalesce({{ days_between('earlier_stays.last_exited_on', as_of) }} < segments.reentry_days, false),
    entries.rule_version,
    entries.cause,
    null
from entries
left join earlier_stays
    on entries.customer_id = earlier_stays.customer_id and entries.segment_key = earlier_stays.segment_key
left join segments on entries.segment_key = segments.segment_key
