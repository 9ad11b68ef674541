{% set rfm_window_days = whole_number('rfm_window_days', least=1) -%}

with order_days as (
    select *
    from {{ ref('int_customer_order_days') }}
    where orders > 0 or refunded_amount <> 0
)

select
    customer_id,
    min(case when orders > 0 then activity_on end) as first_ordered_on,
    max(case when orders > 0 then activity_on end) as last_ordered_on,
    max(last_ordered_at) as last_ordered_at,
    cast(
        sum(case when {{ in_last_days('activity_on', 365) }} then net_revenue else 0 end) as decimal(18, 2)
    ) as net_revenue_365d,
    cast(
        sum(case when {{ in_last_days('activity_on', rfm_window_days) }} then orders else 0 end) as bigint
    ) as orders_in_rfm_window,
    cast(
        sum(
            case when {{ in_last_days('activity_on', rfm_window_days) }} then net_revenue else 0 end
        ) as decimal(18, 2)
    ) as net_revenue_in_rfm_window,
    cast(sum(orders) as bigint) as orders_life,
    cast(sum(discounted_orders) as bigint) as discounted_orders_life,
    cast(sum(gross_revenue) as decimal(18, 2)) as gross_revenue_life,
    cast(sum(refunded_amount) as decimal(18, 2)) as refunded_amount_life,
    cast(sum(net_revenue) as decimal(18, 2)) as net_revenue_life
from order_days
group by customer_id
