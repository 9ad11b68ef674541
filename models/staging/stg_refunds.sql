with refunds as (
    select * from {{ ref('base_refunds') }} where row_status = 'staged'
)

select
    refunds.refund_id,
    refunds.order_id,
    refunds.refunded_at,
    {{ local_date('refunds.refunded_at') }} as refunded_on,
    refunds.loaded_at,
    refunds.ordered_on,
    refunds.order_channel,
    refunds.customer_id,
    case when refunds.order_id is null then refunds.customer_id else refunds.ordering_customer_id end
        as refunded_customer_id,
    refunds.is_counted,
    refunds.currency_code as original_currency,
    refunds.amount as original_amount,
    {{ in_reporting_currency('refunds.amount', 'refunds.exchange_rate') }} as amount
from refunds
