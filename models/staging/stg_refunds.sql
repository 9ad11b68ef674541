with refunds as (
    select * from {{ ref('base_refunds') }}
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
        versions.ordered_on,
        versions.customer_id,
        case when versions.order_id is null then versions.customer_id else versions.ordering_customer_id end
            as refunded_customer_id,
        versions.is_counted,
        {{ in_reporting_currency('versions.amount', 'versions.exchange_rate') }} as amount
    from versions
    where versions.version_rank = 1
)

select * from newest
