with orders as (
    select * from {{ ref('int_customer_orders_windowed') }}
),

tiers as (
    select * from {{ ref('value_tiers') }} where {{ is_valid_as_of() }}
)

{{ least_values_of_tiers('orders', 'tiers') }}
