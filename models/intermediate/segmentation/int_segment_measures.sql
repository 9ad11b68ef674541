with members as (
    select * from {{ ref('int_segment_members') }}
),

customers as (
    select * from {{ ref('int_customer_performance') }}
),

gaps as (
    select * from {{ ref('int_customer_order_gaps') }}
),

segment_gaps as (
    select
        members.segment_key,
        {{ median('gaps.gap_days') }} as median_days_between_orders
    from members
    inner join gaps on members.customer_id = gaps.customer_id
    group by members.segment_key
),

measured as (
    select
        members.segment_key,
        count(*) as customers,
        sum(customers.net_revenue_365d) as net_revenue_365d,
        sum(customers.net_revenue_life) as net_revenue_life,
        sum(customers.gross_revenue_life) as gross_revenue_life,
        sum(customers.refunded_amount_life) as refunded_amount_life,
        {%- for flag in [
            'has_ordered', 'has_repeated', 'is_churned', 'was_sent_to', 'has_responded', 'had_cart', 'has_abandoned_cart',
            'has_bought_category', 'has_crossed_category',
        ] %}
        count(case when customers.{{ flag }} then 1 end) as count_{{ flag }},
        {%- endfor %}
        {%- for channel in contact_channels() %}
        count(case when customers.is_contactable_{{ channel }} then 1 end) as count_contactable_{{ channel }},
        count(case when customers.has_consent_{{ channel }} then 1 end) as count_has_consent_{{ channel }},
        {%- endfor %}
        sum(customers.orders_life) as orders_life
    from members
    inner join customers on members.customer_id = customers.customer_id
    group by members.segment_key
)

select
    measured.*,
    segment_gaps.median_days_between_orders
from measured
left join segment_gaps on measured.segment_key = segment_gaps.segment_key
