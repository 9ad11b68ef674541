{% set row_traits = row_traits_of_customers() -%}

with customers as (
    select * from {{ ref('int_customers') }}
),

lifecycle as (
    select * from {{ ref('int_customer_lifecycle') }}
),

orders as (
    select * from {{ ref('int_customer_orders_windowed') }}
),

engagement as (
    select * from {{ ref('int_customer_engagement') }}
),

known as (
    select
        {%- for trait in traits() %}
        count(case when trait = '{{ trait.name }}' and not is_met then 1 end) = 0 as knows_{{ trait.name }},
        {%- endfor %}
        count(*) as count_needs
    from {{ ref('int_trait_needs') }}
),

row_values as (
    select
        {%- for trait in row_traits %}
        max(case when trait = '{{ trait.name }}' then {{ trait.type }}_value end) as {{ trait.name }},
        {%- endfor %}
        customer_id
    from {{ ref('int_customer_row_traits') }}
    group by customer_id
),

computed as (
    select
        customers.customer_id,
        {%- for trait in row_traits %}
        cast(coalesce(row_values.{{ trait.name }}, {{ trait.row_default }}) as {{ trait.data_type }}) as {{ trait.name }},
        {%- endfor %}
        coalesce(orders.gross_revenue_life, 0) as gross_revenue_life,
        coalesce(orders.refunded_amount_life, 0) as refunded_amount_life,
        {{ ratio('orders.discounted_orders_life', 'orders.orders_life') }} as discounted_order_share,
        rfm.recency_score,
        rfm.frequency_score,
        rfm.monetary_score,
        rfm.rfm_segment,
        lifecycle.lifecycle_stage,
        value_tiers.value_tier,
        engagement_tiers.engagement_tier,
        cadence.purchase_cadence_days,
        {{ ratio('lifecycle.days_since_last_order', 'cadence.purchase_cadence_days') }} as overdue_ratio,
        case
            when orders.last_ordered_on is null or orders.last_ordered_on < engagement.last_engaged_on
                then {{ days_between('engagement.last_engaged_on', as_of_date()) }}
            else {{ days_between('orders.last_ordered_on', as_of_date()) }}
        end as days_since_last_interaction,
        engagement_tiers.engagement_points,
        coalesce(engagement.engagement_points_7d_ago, 0) as engagement_points_7d_ago,
        {{ change('engagement.engagement_points', 'engagement.engagement_points_7d_ago') }} as engagement_change_7d,
        {{ change('coalesce(row_values.usage_14d, 0)', 'row_values.usage_previous_14d') }} as usage_change_14d,
        coalesce(repeat_views.repeat_views_7d, 0) as repeat_views_7d,
        case
            when orders.last_ordered_at is null or orders.last_ordered_at < carts.last_added_to_cart_at
                then {{ days_between(local_date('carts.last_added_to_cart_at'), as_of_date()) }}
        end as days_since_abandoned_cart,
        replenishment.days_past_replenishment,
        subscriptions.days_until_renewal,
        coalesce(subscriptions.is_subscribed, false) as is_subscribed,
        coalesce(subscriptions.is_in_trial, false) as is_in_trial,
        coalesce(subscriptions.has_paid_subscription, false) as has_paid_subscription,
        coalesce(subscriptions.has_cancelled_subscription, false) as has_cancelled_subscription,
        coalesce(support.open_tickets_30d, 0) as open_tickets_30d,
        support.lowest_nps_30d,
        support.lowest_satisfaction_30d,
        top_category.top_category,
        {%- for channel in contact_channels() %}
        coalesce(contactability.has_consent_{{ channel }}, false) as has_consent_{{ channel }},
        {%- endfor %}
        coalesce(top_category.categories_bought_life, 0) as categories_bought_life
    from customers
    left join lifecycle on customers.customer_id = lifecycle.customer_id
    left join orders on customers.customer_id = orders.customer_id
    left join engagement on customers.customer_id = engagement.customer_id
    left join row_values on customers.customer_id = row_values.customer_id
    left join {{ ref('int_customer_carts') }} as carts on customers.customer_id = carts.customer_id
    left join {{ ref('int_customer_rfm_segments') }} as rfm on customers.customer_id = rfm.customer_id
    left join {{ ref('int_customer_value_tiers') }} as value_tiers on customers.customer_id = value_tiers.customer_id
    left join {{ ref('int_customer_engagement_tiers') }} as engagement_tiers
        on customers.customer_id = engagement_tiers.customer_id
    left join {{ ref('int_customer_cadence') }} as cadence on customers.customer_id = cadence.customer_id
    left join {{ ref('int_customer_repeat_views') }} as repeat_views on customers.customer_id = repeat_views.customer_id
    left join {{ ref('int_customer_replenishment') }} as replenishment
        on customers.customer_id = replenishment.customer_id
    left join {{ ref('int_customer_subscriptions') }} as subscriptions
        on customers.customer_id = subscriptions.customer_id
    left join {{ ref('int_customer_support') }} as support on customers.customer_id = support.customer_id
    left join {{ ref('int_customer_top_category') }} as top_category
        on customers.customer_id = top_category.customer_id
    left join {{ ref('int_customer_contactability') }} as contactability
        on customers.customer_id = contactability.customer_id
)

-- What rests on a feed that is not there is unknown, not 0.
select
    {%- for trait in traits() %}
    case when known.knows_{{ trait.name }} then computed.{{ trait.name }} end as {{ trait.name }},
    {%- endfor %}
    computed.customer_id
from computed
cross join known
