{%- set states = [('subscribed', 'subscription_hash'), ('profile', 'profile_hash'), ('consented', 'consent_hash')] %}

with states as (
    select * from {{ ref('int_customer_state_hashes') }}
),

before as (
    select * from {{ ref('stg_history_activity_hashes') }}
),

changes as (
    {%- for activity, hash in states %}
    select states.customer_id, '{{ activity }}' as activity
    from states
    inner join before on states.customer_id = before.customer_id
    where coalesce(states.{{ hash }}, 0) <> coalesce(before.{{ hash }}, 0)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    customer_id,
    activity
from changes
