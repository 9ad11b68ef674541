with source as (
    select * from {{ source('raw', 'exchange_rates') }}
),

typed as (
    select
        {{ to_text('currency') }} as currency,
        cast({{ to_utc_timestamp('valid_on') }} as date) as valid_on,
        {{ to_rate('rate') }} as rate,
        {{ unreadable_columns('exchange_rates') }} as unreadable_columns,
        {{ row_as_json('exchange_rates') }} as row_json
    from source
),

judged as (
    select
        *,
        coalesce(cast(currency as varchar), '') || '|' || coalesce(cast(valid_on as varchar), '') as row_key,
        true as is_known,
        case
            when currency is null or valid_on is null then 'missing_key'
            when rate is null then 'unusable_amount'
            when rate <= 0 then 'negative_amount'
        end as quarantine_reason
    from typed
)

select * from judged
