with traits as (
    select * from {{ ref('int_customer_traits') }}
),

lifecycle as (
    select * from {{ ref('int_customer_lifecycle') }}
),

carts as (
    select * from {{ ref('int_customer_carts') }}
),

contactability as (
    select * from {{ ref('int_customer_contactability') }}
)

select
    traits.customer_id,
    traits.net_revenue_365d,
    traits.net_revenue_life,
    traits.orders_life,
    traits.gross_revenue_life,
    traits.refunded_amount_life,
    traits.orders_life > 0 as has_ordered,
    traits.orders_life > 1 as has_repeated,
    lifecycle.is_churned,
    traits.messages_sent_90d > 0 as was_sent_to,
    traits.messages_sent_90d > 0 and traits.messages_opened_90d + traits.messages_clicked_90d > 0 as has_responded,
    coalesce(carts.carts_30d, 0) > 0 as had_cart,
    coalesce(carts.carts_30d, 0) > 0 and traits.days_since_abandoned_cart is not null as has_abandoned_cart,
    traits.categories_bought_life > 0 as has_bought_category,
    {%- for channel in contact_channels() %}
    coalesce(contactability.is_contactable_{{ channel }}, false) as is_contactable_{{ channel }},
    coalesce(contactability.has_consent_{{ channel }}, false) as has_consent_{{ channel }},
    {%- endfor %}
    traits.categories_bought_life > 1 as has_crossed_category
from traits
left join lifecycle on traits.customer_id = lifecycle.customer_id
left join carts on traits.customer_id = carts.customer_id
left join contactability on traits.customer_id = contactability.customer_id
