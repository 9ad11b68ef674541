with refunds as (
    select * from {{ ref('base_refunds') }}
),

orders as (
    select * from {{ ref('stg_orders') }}
),

versions as (
    {{ newest_per_key('refunds', 'refunds') }}
),

newest as (
    select
        versions.refund_id,
        versions.order_id,
        versions.refunded_at,
        {{ local_date('versions.refunded_at') }} as refunded_on,
        versions.loaded_at,
        orders.ordered_on,
        versions.customer_id,
        case when versions.order_id is null then versions.customer_id else orders.customer_id end as refunded_customer_id,
        coalesce(orders.is_completed, true) as is_counted,
        {{ in_reporting_currency('versions.amount', 'coalesce(orders.exchange_rate, 1)') }} as amount
    from versions
    left join orders on versions.order_id = orders.order_id
    where versions.version_rank = 1
)

select * from newest
