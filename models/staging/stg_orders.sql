with orders as (
    select
        *,
        total - amount - coalesce(tax, 0) - coalesce(shipping, 0) as difference
    from {{ ref('base_orders') }}
    where row_status = 'staged'
)

select
    orders.order_id,
    orders.buyer_id as customer_id,
    orders.email,
    orders.phone,
    orders.anonymous_id,
    orders.ordered_at,
    orders.ordered_on,
    orders.channel,
    orders.loaded_at,
    orders.currency_code as original_currency,
    orders.amount as original_amount,
    orders.exchange_rate,
    {{ in_reporting_currency('orders.amount', 'orders.exchange_rate') }} as amount,
    coalesce(orders.discount_amount, 0) as original_discount_amount,
    {{ in_reporting_currency('coalesce(orders.discount_amount, 0)', 'orders.exchange_rate') }}
        as discount_amount,
    {%- for given in ['tax', 'shipping', 'difference'] %}
    orders.{{ given }} as original_{{ given }},
    {{ in_reporting_currency('orders.' ~ given, 'orders.exchange_rate') }} as {{ given }},
    {%- endfor %}
    orders.source_status,
    orders.order_status,
    orders.is_completed
from orders
