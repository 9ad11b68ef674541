with source as {{ inlined() }} (
    select * from {{ raw_rows('customers', source('raw', 'customers')) }}
),

typed as {{ inlined() }} (
    select
        {{ id_of('customer_id') }} as customer_id,
        {{ to_address('email') }} as email,
        {{ to_address('phone') }} as phone,
        {{ text_of('first_name') }} as first_name,
        {{ text_of('last_name') }} as last_name,
        {{ text_of('country') }} as country,
        {{ text_of('language') }} as language,
        {{ text_of('timezone') }} as timezone,
        {{ to_date('birth_date') }} as birth_date,
        {{ text_of('loyalty_tier') }} as loyalty_tier,
        {{ to_utc_timestamp('signed_up_at') }} as signed_up_at,
        {{ text_of('acquisition_channel') }} as acquisition_channel,
        {{ to_money('acquisition_cost') }} as acquisition_cost,
        {{ to_json_object('attributes') }} as attributes,
        {{ to_json_object('other_columns') }} as other_columns,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('customers') }}
    from source
),

judged as {{ computed_once() }} (
    select
        *,
        case
            when customer_id is null then 'missing_key'
            when has_shortened_id then 'shortened_id'
            when signed_up_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
        end as quarantine_reason
    from typed
),

doubled as (
    {{ doubled_keys('customers', 'judged') }}
),

versions as {{ inlined() }} (
    {{ versions_of('customers', 'judged', 'doubled') }}
),

ranked as (
    {{ newest_per_key('customers', 'versions') }}
)

select
    {{ version_columns('customers') }}
from ranked
