with source as {{ inlined() }} (
    select * from {{ source('raw', 'consent') }}
),

typed as {{ inlined() }} (
    select
        {{ to_text('consent_id') }} as consent_id,
        {{ to_text('customer_id') }} as customer_id,
        {{ to_text('channel') }} as channel,
        {{ to_text('status') }} as status,
        {{ to_utc_timestamp('occurred_at') }} as occurred_at,
        {{ to_text('purpose') }} as purpose,
        {{ to_text('source') }} as source,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('consent', 'source') }}
    from source
),

judged as {{ inlined() }} (
    select
        *,
        case
            when consent_id is null then 'missing_key'
            when customer_id is null or channel is null or status is null then 'missing_value'
            when occurred_at is null then 'unusable_timestamp'
            when occurred_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
        end as quarantine_reason
    from typed
),

versions as {{ inlined() }} (
    {{ versions_of('consent', 'judged') }}
),

ranked as (
    {{ newest_per_key('consent', 'versions') }}
)

select
    {{ version_columns('consent') }}
from ranked
