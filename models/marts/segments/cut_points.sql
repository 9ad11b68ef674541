{%- set window = whole_number('rfm_window_days') ~ ' days' %}
{%- set basis = 'in 365 days' if var('value_tier_basis') == 'net_revenue_365d' else 'in the whole life' %}
{%- set metrics = [
    ('recency_days', 'days', 0, 'Days since the last order'),
    ('frequency', 'orders', 0, 'Orders in ' ~ window),
    ('monetary', 'reporting currency', 2, 'Net revenue in ' ~ window),
    ('recency_score', 'score', 0, 'Score of recency'),
    ('frequency_score', 'score', 0, 'Score of frequency'),
    ('monetary_score', 'score', 0, 'Score of monetary value'),
    ('orders_life', 'orders', 0, 'Orders in the whole life'),
    ('days_since_last_order', 'days', 0, 'Days since the last order'),
    ('days_since_first_order', 'days', 0, 'Days since the first order'),
    ('gap_days', 'days', 0, 'Days between two order days'),
    ('days_since_gap', 'days', 0, 'Days since the order that ended the gap'),
    ('value_basis', 'reporting currency', 2, 'Net revenue ' ~ basis),
    ('engagement_points', 'points', 6, 'Engagement points'),
    ('has_engagement', 'none', 0, 'Engaging events in 90 days: 1 with, 0 without any'),
] -%}

with cut_points as (
    select * from {{ ref('int_cut_points') }}
),

metrics as (
    {%- for name, unit, decimals, meaning in metrics %}
    select '{{ name }}' as metric, '{{ unit }}' as unit, {{ decimals }} as decimals, '{{ meaning }}' as meaning
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    cut_points.rule_table,
    {{ as_of_date() }} as as_of_date,
    cut_points.priority,
    cut_points.band,
    case cut_points.rule_table
        when 'rfm_segments' then 'rfm_' || cut_points.band
        when 'lifecycle_stages' then 'lifecycle_' || cut_points.band
        when 'value_tiers' then 'value_' || cut_points.band
        when 'engagement_tiers' then 'engagement_' || cut_points.band
    end as segment_key,
    cut_points.rule_version,
    cut_points.metric,
    metrics.meaning,
    metrics.unit,
    metrics.decimals,
    cut_points.lowest_value,
    cut_points.highest_value,
    case cut_points.metric
        {%- for axis in rfm_axes() %}
        when '{{ axis.metric }}' then '{{ axis.method }}'
        {%- endfor %}
        when 'value_basis' then 'share'
        else 'fixed'
    end as method
from cut_points
inner join metrics on cut_points.metric = metrics.metric
