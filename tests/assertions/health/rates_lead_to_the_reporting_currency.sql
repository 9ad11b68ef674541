{{ config(tags=['health', 'rows_shown'], severity='error', group='spine') }}
-- A rate of the reporting currency that is not 1 says that the rates lead to another currency: orders in foreign ones would
-- have wrong amounts. Choose that currency as reporting_currency, or divide the rates of each day by this one. It hangs on the
-- customer ids too, so that a failure holds back everything about customers.
-- depends_on: {{ ref('int_customer_ids') }}
select
    currency_code,
    min(valid_on) as first_day,
    count(*) as rates
from {{ ref('stg_exchange_rates') }}
where
    currency_code = '{{ reporting_currency() }}'
    and rate <> 1
    and exists (
        select 1 from {{ ref('base_orders') }} where row_status = 'staged' and currency_code <> '{{ reporting_currency() }}'
    )
group by currency_code
