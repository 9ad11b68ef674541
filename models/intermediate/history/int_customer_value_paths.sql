{%- set as_of = as_of_date() %}
{%- set ages = [30, 90] %}

with customers as (
    select * from {{ ref('int_customers') }}
),

-- The first tier is the best.
tiers as (
    select 'value_' || value_tier as segment_key, value_tier, priority
    from {{ ref('value_tiers') }}
    where {{ is_valid_as_of() }}
),

stays as (
    select * from {{ ref('int_segment_stays') }} where segment_kind = 'value'
),

ledger as (
    select min(entered_on) as began_on from stays
),

tiers_of_days as (
    select
        stays.customer_id,
        {%- for age in ages %}
        max(case when {{ was_in_stay(add_days(as_of, -age)) }} then stays.segment_key end) as segment_key_{{ age }}d_ago,
        {%- endfor %}
        max(case when stays.exited_on is null then stays.segment_key end) as segment_key
    from stays
    group by stays.customer_id
)

select
    customers.customer_id,
    {%- for age in ages %}
    tiers_{{ age }}.value_tier as value_tier_{{ age }}d_ago,
    case
        when ledger.began_on > {{ add_days(as_of, -age) }} then null
        when tiers_of_days.segment_key_{{ age }}d_ago is null then 'new'
        when tiers.priority < tiers_{{ age }}.priority then 'up'
        when tiers.priority > tiers_{{ age }}.priority then 'down'
        when tiers.priority = tiers_{{ age }}.priority then 'same'
    end as path_{{ age }}d,
    {%- endfor %}
    tiers.value_tier
from customers
cross join ledger
left join tiers_of_days on customers.customer_id = tiers_of_days.customer_id
left join tiers on tiers_of_days.segment_key = tiers.segment_key
{%- for age in ages %}
left join tiers as tiers_{{ age }} on tiers_of_days.segment_key_{{ age }}d_ago = tiers_{{ age }}.segment_key
{%- endfor %}
