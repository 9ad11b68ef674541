with source as {{ inlined() }} (
    select * from {{ source('raw', 'customers') }}
),

typed as {{ inlined() }} (
    select
        {{ to_text('customer_id') }} as customer_id,
        {{ to_text('email') }} as email,
        {{ to_text('phone') }} as phone,
        {{ to_text('first_name') }} as first_name,
        {{ to_text('last_name') }} as last_name,
        {{ to_text('country') }} as country,
        {{ to_text('language') }} as language,
        {{ to_text('timezone') }} as timezone,
        cast({{ to_utc_timestamp('birth_date') }} as date) as birth_date,
        {{ to_text('loyalty_tier') }} as loyalty_tier,
        {{ to_utc_timestamp('signed_up_at') }} as signed_up_at,
        {{ to_text('acquisition_channel') }} as acquisition_channel,
        {{ to_money('acquisition_cost') }} as acquisition_cost,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('customers') }}
    from source
),

judged as {{ inlined() }} (
    select
        *,
        case
            when customer_id is null then 'missing_key'
            when signed_up_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
        end as quarantine_reason
    from typed
),

versions as {{ inlined() }} (
    {{ versions_of('customers', 'judged') }}
),

ranked as (
    {{ newest_per_key('customers', 'versions') }}
)

select
    {{ version_columns('customers') }}
from ranked
