select
    sale_number as order_id,
    buyer as customer_id,
    strftime(sold_at, '%Y-%m-%d %H:%M:%S') as ordered_at,
    net as amount,
    state as status,
    currency
from {{ source('landing', 'sales') }}
