with states as (
    select * from {{ ref('int_customer_state_hashes') }}
),

activities as (
    select * from {{ ref('int_customer_activity_hashes') }}
)

select
    states.customer_id,
    {{ as_of_date() }} as as_of_date,
    activities.activity_hash,
    states.subscription_hash,
    states.profile_hash,
    states.consent_hash
from states
left join activities on states.customer_id = activities.customer_id
