{%- set as_of = as_of_date() %}

with customers as (
    select * from {{ ref('int_customers') }}
),

profiles as (
    select * from {{ ref('int_customer_profiles') }}
),

contactability as (
    select * from {{ ref('int_customer_contactability') }}
),

-- A planned end counts from its day.
subscriptions as (
    select
        customer_ids.customer_id,
        sum({{ hashed(
            'subscriptions.subscription_id, subscriptions.subscription_status, subscriptions.monthly_amount, '
            ~ 'subscriptions.renews_on, subscriptions.trial_ends_on, '
            ~ 'case when subscriptions.cancelled_on <= ' ~ as_of ~ ' then subscriptions.cancelled_on end, '
            ~ 'case when subscriptions.ended_on <= ' ~ as_of ~ ' then subscriptions.ended_on end'
        ) }}) as subscription_hash
    from {{ ref('stg_subscriptions') }} as subscriptions
    inner join {{ ref('int_customer_ids_resolved') }} as customer_ids
        on subscriptions.customer_id = customer_ids.source_customer_id
    where subscriptions.started_on <= {{ as_of }}
    group by customer_ids.customer_id
)

select
    customers.customer_id,
    cast(subscriptions.subscription_hash as decimal(38, 0)) as subscription_hash,
    case
        when profiles.customer_id is not null
            then cast({{ hashed(
                'profiles.country, profiles.language, profiles.loyalty_tier, profiles.acquisition_channel, '
                ~ 'profiles.acquisition_cost, profiles.timezone, profiles.birth_date, profiles.signed_up_on, '
                ~ 'profiles.attributes, profiles.other_columns'
            ) }} as decimal(38, 0))
    end as profile_hash,
    cast({{ hashed(
        'contactability.has_consent_' ~ contact_channels() | join(', contactability.has_consent_')
    ) }} as decimal(38, 0)) as consent_hash
from customers
left join profiles on customers.customer_id = profiles.customer_id
left join contactability on customers.customer_id = contactability.customer_id
left join subscriptions on customers.customer_id = subscriptions.customer_id
