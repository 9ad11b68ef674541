with exchange_rates as (
    select * from {{ ref('base_exchange_rates') }} where row_status = 'staged'
)

select
    exchange_rates.currency as currency_code,
    exchange_rates.valid_on,
    exchange_rates.rate
from exchange_rates
