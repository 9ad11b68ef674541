with consent as (
    select * from {{ ref('int_customer_consent') }} where purpose = 'marketing'
)

select
    customer_id,
    {%- for channel in contact_channels() %}
    bool_or(has_consent and channel = '{{ channel }}') as has_consent_{{ channel }},
    bool_or(is_contactable and channel = '{{ channel }}') as is_contactable_{{ channel }},
    {%- endfor %}
    {{ joined_text("case when is_contactable then channel end") }} as contactable_channels
from consent
group by customer_id
