{{ config(tags=['health']) }}
-- Completed orders - refunds that count, those that a status implies among them, = customers + guests + unattributed, and the
-- marts' customers have the part of the customers, to the cent.
{%- set counted_on = 'coalesce(ordered_on, refunded_on)' if var('refund_date_policy') == 'ordered_on' else 'refunded_on' %}
with orders as (
    select coalesce(sum(amount), 0) as amount
    from {{ ref('stg_orders') }}
    where is_completed and ordered_on <= {{ as_of_date() }}
),

refunds as (
    select coalesce(sum(amount), 0) as amount
    from (
        select amount
        from {{ ref('stg_refunds') }}
        where is_counted and {{ counted_on }} <= {{ as_of_date() }} and refunded_on <= {{ as_of_date() }}
        union all
        select amount
        from {{ ref('stg_orders') }}
        where
            is_completed and order_status = 'refunded' and ordered_on <= {{ as_of_date() }}
            and not exists (select 1 from {{ ref('stg_refunds') }})
    ) as given_back
),

owned as (
    select
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(case when owner_kind = 'customer' then net_revenue end), 0) as net_revenue_of_customers
    from {{ ref('revenue_by_owner') }}
),

summed as (
    select coalesce(sum(net_revenue_life), 0) as net_revenue from {{ ref('customers') }}
)

select
    orders.amount - refunds.amount as staged_net_revenue,
    owned.net_revenue as owned_net_revenue,
    owned.net_revenue_of_customers as owned_net_revenue_of_customers,
    summed.net_revenue as customers_net_revenue
from orders
cross join refunds
cross join owned
cross join summed
where
    orders.amount - refunds.amount <> owned.net_revenue
    or owned.net_revenue_of_customers <> summed.net_revenue
