with source as {{ inlined() }} (
    select * from {{ raw_rows('exchange_rates', source('raw', 'exchange_rates')) }}
),

typed as {{ inlined() }} (
    select
        upper({{ text_of('currency') }}) as currency,
        {{ to_date('valid_on') }} as valid_on,
        {{ to_rate('rate') }} as rate,
        {{ row_marks('exchange_rates') }}
    from source
),

judged as (
    select
        *,
        case
            when currency is null or valid_on is null then 'missing_key'
            when rate is null then 'unusable_amount'
            when rate <= 0 then 'negative_amount'
        end as quarantine_reason
    from typed
),

doubled as (
    {{ doubled_keys('exchange_rates', 'judged') }}
),

versions as {{ inlined() }} (
    {{ versions_of('exchange_rates', 'judged', 'doubled') }}
),

ranked as (
    {{ newest_per_key('exchange_rates', 'versions') }}
)

select
    {{ version_columns('exchange_rates') }}
from ranked
