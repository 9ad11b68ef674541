with orders as (
    select * from {{ ref('base_orders') }}
),

statuses as (
    select * from {{ ref('order_statuses') }}
),

versions as (
    {{ newest_per_key('orders', 'orders') }}
),

newest as (
    select
        versions.order_id,
        versions.customer_id,
        versions.ordered_at,
        versions.ordered_on,
        versions.channel,
        versions.loaded_at,
        versions.currency_code as original_currency,
        versions.amount as original_amount,
        versions.exchange_rate,
        {{ in_reporting_currency('versions.amount', 'versions.exchange_rate') }} as amount,
        {{ in_reporting_currency('coalesce(versions.discount_amount, 0)', 'versions.exchange_rate') }}
            as discount_amount,
        lower(coalesce(versions.status, 'completed')) as source_status,
        coalesce(statuses.order_status, 'unmapped') as order_status,
        coalesce(statuses.is_revenue, false) as is_completed
    from versions
    left join statuses on lower(coalesce(versions.status, 'completed')) = statuses.source_status
    where versions.version_rank = 1
)

select * from newest
