{% macro cut_metrics() -%}
    {#- What cut points bound: metric, unit, decimals and meaning. -#}
    {%- set window = segment_spine.whole_number('rfm_window_days') ~ ' days' %}
    {%- set basis = 'in 365 days' if var('value_tier_basis') == 'net_revenue_365d' else 'in the whole life' %}
    {{ return([
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
    ]) }}
{%- endmacro %}
