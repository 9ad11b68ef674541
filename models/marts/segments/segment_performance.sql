with segments as (
    select * from {{ ref('int_segments') }} where status = 'active'
),

members as (
    select * from {{ ref('int_segment_members') }}
),

customers as (
    select * from {{ ref('int_customer_performance') }}
),

gaps as (
    select * from {{ ref('int_customer_order_gaps') }}
),

totals as (
    select
        count(*) as customers,
        sum(net_revenue_365d) as net_revenue_365d,
        sum(net_revenue_life) as net_revenue_life
    from customers
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
        {%- endfor %}
        sum(customers.orders_life) as orders_life
    from members
    inner join customers on members.customer_id = customers.customer_id
    group by members.segment_key
)

select
    segments.segment_key,
    {{ as_of_date() }} as as_of_date,
    segments.segment_kind,
    '{{ reporting_currency() }}' as reporting_currency,
    coalesce(measured.customers, 0) as customers,
    {{ ratio('coalesce(measured.customers, 0)', 'totals.customers') }} as customer_share,
    cast(coalesce(measured.net_revenue_365d, 0) as decimal(18, 2)) as net_revenue_365d,
    cast(coalesce(measured.net_revenue_life, 0) as decimal(18, 2)) as net_revenue_life,
    {{ ratio('coalesce(measured.net_revenue_365d, 0)', 'totals.net_revenue_365d') }} as revenue_share_365d,
    {{ ratio('coalesce(measured.net_revenue_life, 0)', 'totals.net_revenue_life') }} as revenue_share_life,
    cast({{ ratio('measured.gross_revenue_life', 'measured.orders_life') }} as decimal(18, 2)) as average_order_value,
    {{ ratio('measured.orders_life', 'measured.count_has_ordered') }} as orders_per_customer,
    {{ ratio('measured.count_has_repeated', 'measured.count_has_ordered') }} as repeat_purchase_rate,
    segment_gaps.median_days_between_orders,
    {{ ratio('measured.count_is_churned', 'measured.count_has_ordered') }} as churn_rate,
    {{ ratio('measured.count_has_responded', 'measured.count_was_sent_to') }} as engagement_rate,
    {{ ratio('measured.count_has_abandoned_cart', 'measured.count_had_cart') }} as cart_abandonment_rate,
    {{ ratio('measured.count_has_crossed_category', 'measured.count_has_bought_category') }} as cross_category_rate,
    {%- for channel in contact_channels() %}
    {{ ratio('measured.count_contactable_' ~ channel, 'measured.customers') }} as contactable_share_{{ channel }},
    {%- endfor %}
    {{ ratio('measured.refunded_amount_life', 'measured.gross_revenue_life') }} as refund_rate
from segments
cross join totals
left join measured on segments.segment_key = measured.segment_key
left join segment_gaps on segments.segment_key = segment_gaps.segment_key
