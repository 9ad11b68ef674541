with source as {{ inlined() }} (
    select * from {{ raw_rows('identities', source('raw', 'identities')) }}
),

typed as {{ inlined() }} (
    select
        lower({{ text_of('identifier_type') }}) as identifier_type,
        {{ normalised_identifier("lower(" ~ text_of('identifier_type') ~ ")", id_of('identifier')) }} as identifier,
        {{ id_of('customer_id') }} as customer_id,
        {{ to_utc_timestamp('linked_at') }} as linked_at,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('identities') }}
    from source
),

judged as {{ computed_once() }} (
    select
        *,
        case
            when identifier_type is null or identifier is null or customer_id is null then 'missing_key'
            when has_shortened_id then 'shortened_id'
            when linked_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
        end as quarantine_reason
    from typed
),

doubled as (
    {{ doubled_keys('identities', 'judged') }}
),

versions as {{ inlined() }} (
    {{ versions_of('identities', 'judged', 'doubled') }}
),

ranked as (
    {{ newest_per_key('identities', 'versions') }}
)

select
    {{ version_columns('identities') }}
from ranked
