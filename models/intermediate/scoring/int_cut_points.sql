{{ config(materialized='view') }}
{#- Per rule table and metric: the ends of the range, both included, and of which rows it is asked. -#}
{%- set ranges = [
    ('rfm_scores', 'recency_days', 'coalesce(better_from + 1, 0)', 'own_end', "axis = 'recency'"),
    ('rfm_scores', 'frequency', 'coalesce(own_end, 0)', 'better_from - 1', "axis = 'frequency'"),
    ('rfm_scores', 'monetary', 'own_end', 'better_from - 0.01', "axis = 'monetary'"),
    ('rfm_segments', 'recency_score', 'min_recency_score', 'max_recency_score', 'true'),
    ('rfm_segments', 'frequency_score', 'min_frequency_score', 'max_frequency_score', 'true'),
    ('rfm_segments', 'monetary_score', 'min_monetary_score', 'max_monetary_score', 'true'),
    ('lifecycle_stages', 'orders_life', 'min_orders', 'max_orders', 'true'),
    ('lifecycle_stages', 'days_since_last_order', 'min_days_since_last_order', 'max_days_since_last_order', 'true'),
    ('lifecycle_stages', 'days_since_first_order', 'min_days_since_first_order', 'max_days_since_first_order', 'true'),
    ('lifecycle_stages', 'gap_days', 'min_gap_days', 'max_gap_days', 'min_gap_days > 0'),
    ('lifecycle_stages', 'days_since_gap', 'min_days_since_gap', 'max_days_since_gap', 'min_gap_days > 0'),
    ('value_tiers', 'value_basis', 'own_end', 'case when has_value then tier_above_from - 0.01 else 0 end', 'true'),
    ('engagement_tiers', 'has_engagement', 'cast(has_engagement as integer)', 'cast(has_engagement as integer)', 'true'),
    ('engagement_tiers', 'engagement_points', 'min_points', 'nullif(max_points, 999999999) - 0.000001', 'has_engagement'),
] -%}

-- A score or tier ends where the next better one begins; the best has no end, and neither has the worst score.
with rfm_scores as (
    select
        axis,
        6 - score as priority,
        cast(score as {{ dbt.type_string() }}) as band,
        cast(null as integer) as version,
        case when lag(score) over (partition by axis order by score) is not null then worst_value end as own_end,
        lead(worst_value) over (partition by axis order by score) as better_from
    from {{ ref('int_rfm_cut_points') }}
),

rfm_segments as (
    select rules.*, rules.rfm_segment as band from {{ ref('rfm_segments') }} as rules where {{ is_valid_as_of() }}
),

lifecycle_stages as (
    select rules.*, rules.lifecycle_stage as band from {{ ref('lifecycle_stages') }} as rules where {{ is_valid_as_of() }}
),

-- Whoever has value at all, be it a cent, is in the lowest tier.
value_tiers as (
    select
        rules.*,
        rules.value_tier as band,
        case
            when lag(cut_points.least_value) over (order by cut_points.least_value) is not null then cut_points.least_value
            when rules.has_value then 0.01
        end as own_end,
        lead(cut_points.least_value) over (order by cut_points.least_value) as tier_above_from
    from {{ ref('value_tiers') }} as rules
    left join {{ ref('int_value_tier_cut_points') }} as cut_points on rules.value_tier = cut_points.value_tier
    where {{ is_valid_as_of() }} and (cut_points.value_tier is not null or not rules.has_value)
),

engagement_tiers as (
    select rules.*, rules.engagement_tier as band from {{ ref('engagement_tiers') }} as rules where {{ is_valid_as_of() }}
),

bounded as (
    {%- for table, metric, lowest, highest, is_asked in ranges %}
    select
        '{{ table }}' as rule_table,
        priority,
        band,
        version as rule_version,
        '{{ metric }}' as metric,
        cast({{ lowest }} as decimal(24, 6)) as lowest_value,
        cast({{ highest }} as decimal(24, 6)) as highest_value,
        {{ 'min_share' if table == 'value_tiers' else 'cast(null as decimal(9, 6))' }} as min_share,
        {{ 'max_share' if table == 'value_tiers' else 'cast(null as decimal(9, 6))' }} as max_share
    from {{ table }}
    where {{ is_asked }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

metrics as (
    {%- for name, unit, decimals, meaning in cut_metrics() %}
    select '{{ name }}' as metric, '{{ unit }}' as unit, {{ decimals }} as decimals, '{{ meaning }}' as meaning
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

-- 99999 and the like stand for no limit in rule tables, and no number of days or orders is below 0.
select
    bounded.rule_table,
    bounded.priority,
    bounded.band,
    bounded.rule_version,
    bounded.metric,
    metrics.meaning,
    metrics.unit,
    metrics.decimals,
    bounded.lowest_value,
    case when bounded.highest_value not in (99999, 999999, 99999999, 999999999) then bounded.highest_value end as highest_value,
    case bounded.metric
        {%- for axis in rfm_axes() %}
        when '{{ axis.metric }}' then '{{ axis.method }}'
        {%- endfor %}
        when 'value_basis' then 'share'
        else 'fixed'
    end as method,
    bounded.min_share,
    bounded.max_share
from bounded
inner join metrics on bounded.metric = metrics.metric
where bounded.metric not in ('days_since_last_order', 'days_since_first_order', 'days_since_gap')
    or bounded.lowest_value > 0
    or bounded.highest_value < 99999
