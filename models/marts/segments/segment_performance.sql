with unknown_revenue as (
    select * from {{ ref('int_trait_needs') }} where trait = 'net_revenue_life' and not is_met
),

-- Without members a segment is 0; one that cannot be computed is unknown.
segments as (
    select
        segment_key,
        segment_kind,
        case when status = 'active' then 0 end as no_customers,
        case when status = 'active' and not exists (select 1 from unknown_revenue) then 0 end as no_revenue
    from {{ ref('int_segments') }}
    where status in ('active', 'not_computable')
),

measured as (
    select * from {{ ref('int_segment_measures') }}
),

totals as (
    select
        count(*) as customers,
        sum(net_revenue_365d) as net_revenue_365d,
        sum(net_revenue_life) as net_revenue_life
    from {{ ref('int_customer_performance') }}
)

select
    segments.segment_key,
    {{ as_of_date() }} as as_of_date,
    segments.segment_kind,
    '{{ reporting_currency() }}' as reporting_currency,
    coalesce(measured.customers, segments.no_customers) as customers,
    {{ ratio('coalesce(measured.customers, segments.no_customers)', 'totals.customers') }} as customer_share,
    cast(coalesce(measured.net_revenue_365d, segments.no_revenue) as decimal(18, 2)) as net_revenue_365d,
    cast(coalesce(measured.net_revenue_life, segments.no_revenue) as decimal(18, 2)) as net_revenue_life,
    {{ ratio('coalesce(measured.net_revenue_365d, segments.no_revenue)', 'totals.net_revenue_365d') }} as revenue_share_365d,
    {{ ratio('coalesce(measured.net_revenue_life, segments.no_revenue)', 'totals.net_revenue_life') }} as revenue_share_life,
    -- Rounded once, to cents: a ratio has six decimals.
    cast(
        {{ ratio('measured.gross_revenue_life * 0.0001', 'measured.orders_life') }} * 10000 as decimal(18, 2)
    ) as average_order_value,
    {{ ratio('measured.orders_life', 'measured.count_has_ordered') }} as orders_per_customer,
    {{ ratio('measured.count_has_repeated', 'measured.count_has_ordered') }} as repeat_purchase_rate,
    measured.median_days_between_orders,
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
