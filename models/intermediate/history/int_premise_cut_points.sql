with cut_points_now as (
    select * from {{ ref('int_cut_points') }}
),

before as (
    select * from {{ ref('stg_history_cut_points') }}
),

old_tiers as (
    select * from {{ ref('int_old_value_tiers') }}
),

lines as (
    {%- for origin, cut_points in [('now', 'cut_points_now'), ('before', 'before'), ('old_shares', 'old_tiers')] %}
    select '{{ origin }}' as origin, rule_table, priority, band, metric, lowest_value, highest_value
    from {{ cut_points }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Thresholds that a rule row states count as rules, and so do the metric and the method of a score. Lines of quintiles follow
-- from the customers of the day; lines of value tiers follow from both.
metrics as (
    select
        rule_table,
        metric,
        case
            when rule_table in ('rfm_segments', 'lifecycle_stages', 'engagement_tiers') then 'rules'
            when min(meaning) < max(meaning) or min(method) < max(method) or min(method) = 'fixed'
                then 'rules'
            when rule_table = 'value_tiers' and exists (select 1 from old_tiers) then 'both'
            else 'customers'
        end as drawn_by
    from (
        select rule_table, metric, meaning, method from cut_points_now
        union all
        select rule_table, metric, meaning, method from before
    ) as either
    group by rule_table, metric
),

premises as (
    select 'old_rules' as premise, true as has_old_rules, false as has_old_customers
    union all
    select 'old_cut_points', false, true
    union all
    select 'both', true, true
),

origins as (
    select
        premises.premise,
        metrics.rule_table,
        metrics.metric,
        case
            when metrics.drawn_by = 'both' and premises.has_old_rules and not premises.has_old_customers then 'old_shares'
            when metrics.drawn_by = 'both' and not premises.has_old_rules then 'now'
            when metrics.drawn_by = 'rules' and not premises.has_old_rules then 'now'
            when metrics.drawn_by = 'customers' and not premises.has_old_customers then 'now'
            else 'before'
        end as origin
    from metrics
    cross join premises
)

select
    origins.premise,
    lines.rule_table,
    lines.priority,
    lines.band,
    lines.metric,
    lines.lowest_value,
    lines.highest_value
from lines
inner join origins
    on lines.rule_table = origins.rule_table and lines.metric = origins.metric and lines.origin = origins.origin
