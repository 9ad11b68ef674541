with customers as (
    select * from {{ ref('int_customers') }}
),

traits as (
    select * from {{ ref('int_customer_traits') }}
),

rfm as (
    select * from {{ ref('int_customer_rfm_segments') }}
),

lifecycle as (
    select * from {{ ref('int_customer_lifecycle') }}
),

value_tiers as (
    select * from {{ ref('int_customer_value_tiers') }}
),

contactability as (
    select * from {{ ref('int_customer_contactability') }}
)

select
    customers.customer_id,
    {{ as_of_date() }} as as_of_date,
    customers.first_seen_at,
    customers.count_customer_ids,
    rfm.recency_days,
    rfm.frequency,
    rfm.monetary,
    rfm.rfm_score,
    lifecycle.first_ordered_on,
    lifecycle.last_ordered_on,
    lifecycle.is_churned,
    value_tiers.value_basis,
    {%- for trait in traits() %}
    traits.{{ trait.name }},
    {%- endfor %}
    {%- for channel in contact_channels() %}
    coalesce(contactability.is_contactable_{{ channel }}, false) as is_contactable_{{ channel }},
    {%- endfor %}
    contactability.contactable_channels
from customers
left join traits on customers.customer_id = traits.customer_id
left join rfm on customers.customer_id = rfm.customer_id
left join lifecycle on customers.customer_id = lifecycle.customer_id
left join value_tiers on customers.customer_id = value_tiers.customer_id
left join contactability on customers.customer_id = contactability.customer_id
