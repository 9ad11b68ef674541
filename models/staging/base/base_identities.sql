with source as (
    select * from {{ source('raw', 'identities') }}
),

typed as (
    select
        lower({{ to_text('identifier_type') }}) as identifier_type,
        {{ to_text('identifier') }} as identifier,
        {{ to_text('customer_id') }} as customer_id,
        {{ to_utc_timestamp('linked_at') }} as linked_at,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ unreadable_columns('identities') }} as unreadable_columns,
        {{ row_as_json('identities') }} as row_json
    from source
),

judged as (
    select
        *,
        coalesce(cast(identifier_type as varchar), '') || '|' || coalesce(cast(identifier as varchar), '')
        || '|' || coalesce(cast(customer_id as varchar), '') as row_key,
        {{ is_known('loaded_at') }} as is_known,
        case
            when identifier_type is null or identifier is null or customer_id is null then 'missing_key'
            when linked_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
        end as quarantine_reason
    from typed
)

select * from judged
