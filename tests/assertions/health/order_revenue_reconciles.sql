{{ config(tags=['health']) }}
-- Customers + guests + unattributed = completed orders - refunds that count, to the cent.
{%- set counted_on = 'coalesce(ordered_on, refunded_on)' if var('refund_date_policy') == 'ordered_on' else 'refunded_on' %}
with owned as (
    select coalesce(sum(net_revenue), 0) as net_revenue from {{ ref('revenue_by_owner') }}
),

staged as (
    select
        (
            select coalesce(sum(amount), 0) from {{ ref('stg_orders') }}
            where is_completed and ordered_on <= {{ as_of_date() }}
        )
        - (
            select coalesce(sum(amount), 0) from {{ ref('stg_refunds') }}
            where is_counted and {{ counted_on }} <= {{ as_of_date() }} and refunded_on <= {{ as_of_date() }}
        ) as net_revenue
)

select
    staged.net_revenue as staged_net_revenue,
    owned.net_revenue as owned_net_revenue
from staged
cross join owned
where staged.net_revenue <> owned.net_revenue
