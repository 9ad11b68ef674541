with movements as (
    select * from {{ ref('int_segment_movements') }}
),

movers as (
    select * from {{ ref('int_movers') }}
),

rule_changes as (
    select * from {{ ref('int_segment_rule_changes') }}
),

-- Who would be a member today if rules, cut points or both were the old ones.
members_by_premise as (
    select
        customer_id,
        segment_key,
        count(case when premise = 'old_rules' then 1 end) > 0 as by_old_rules,
        count(case when premise = 'old_cut_points' then 1 end) > 0 as by_old_cut_points,
        count(case when premise = 'both' then 1 end) > 0 as by_both
    from {{ ref('int_premise_segments') }}
    group by customer_id, segment_key
),

acted as (
    select distinct
        recent.customer_id,
        activities.segment_key
    from {{ ref('int_customer_recent_activities') }} as recent
    inner join {{ ref('int_segment_activities') }} as activities on recent.activity = activities.activity
)

-- The first cause that applies. Who enters was no member before, who leaves was one: a premise that says so too is the cause.
select
    movements.customer_id,
    movements.segment_key,
    movements.segment_kind,
    movements.rule_version,
    movements.is_entry,
    case
        when movers.has_other_ids then 'merge'
        when rule_changes.segment_key is not null then 'rule'
        when coalesce(members_by_premise.by_old_rules, false) <> movements.is_entry then 'rule'
        when movers.has_late_rows then 'late'
        when movers.is_newcomer or acted.customer_id is not null then 'behaviour'
        when coalesce(members_by_premise.by_old_cut_points, false) <> movements.is_entry then 'population'
        when coalesce(members_by_premise.by_both, false) <> movements.is_entry then 'several'
        else 'time'
    end as cause
from movements
inner join movers on movements.customer_id = movers.customer_id
left join rule_changes on movements.segment_key = rule_changes.segment_key
left join members_by_premise
    on movements.customer_id = members_by_premise.customer_id
        and movements.segment_key = members_by_premise.segment_key
left join acted on movements.customer_id = acted.customer_id and movements.segment_key = acted.segment_key
