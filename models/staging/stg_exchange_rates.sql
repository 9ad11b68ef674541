with exchange_rates as (
    select * from {{ ref('base_exchange_rates') }}
),

versions as (
    {{ newest_per_key('exchange_rates', 'exchange_rates') }}
),

newest as (
    select
        versions.currency,
        upper(versions.currency) as currency_code,
        versions.valid_on,
        versions.rate
    from versions
    where versions.version_rank = 1
)

select * from newest
