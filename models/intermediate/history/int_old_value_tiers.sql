with orders as (
    select * from {{ ref('int_customer_orders_windowed') }}
),

before as (
    select *, coalesce(highest_value > 0, true) as has_value
    from {{ ref('stg_history_cut_points') }}
    where rule_table = 'value_tiers'
),

tiers_now as (
    select * from {{ ref('value_tiers') }} where {{ is_valid_as_of() }}
),

-- If the shares have not changed, there are no old tiers.
changed as (
    select before.band
    from before
    left join tiers_now
        on before.band = tiers_now.value_tier
            and before.min_share = tiers_now.min_share
            and before.max_share = tiers_now.max_share
    where tiers_now.value_tier is null
),

tiers as (
    select band as value_tier, min_share, max_share, has_value
    from before
    where exists (select 1 from changed)
),

least_values as (
    {{ least_values_of_tiers('orders', 'tiers') }}
)

select
    'value_tiers' as rule_table,
    before.priority,
    before.band,
    before.metric,
    case
        when not before.has_value then null
        when lag(least_values.least_value) over (order by least_values.least_value) is null then 0.01
        else least_values.least_value
    end as lowest_value,
    case
        when before.has_value then lead(least_values.least_value) over (order by least_values.least_value) - 0.01
        else 0
    end as highest_value
from before
left join least_values on before.band = least_values.value_tier
where exists (select 1 from changed) and (least_values.value_tier is not null or not before.has_value)
