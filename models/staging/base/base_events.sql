with source as {{ inlined() }} (
    select * from {{ source('raw', 'events') }}
),

typed as {{ inlined() }} (
    select
        {{ to_text('event_id') }} as event_id,
        {{ to_text('event_name') }} as event_name,
        {{ to_utc_timestamp('occurred_at') }} as occurred_at,
        {{ to_text('customer_id') }} as customer_id,
        {{ to_text('anonymous_id') }} as anonymous_id,
        {{ to_text('source') }} as source,
        {{ to_text('channel') }} as channel,
        {{ to_text('product_id') }} as product_id,
        {{ to_text('category') }} as category,
        {{ to_text('campaign_id') }} as campaign_id,
        {{ to_money('value') }} as value,
        {{ to_text('properties') }} as properties,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('events') }}
    from source
),

judged as {{ inlined() }} (
    select
        *,
        case
            when event_id is null then 'missing_key'
            when event_name is null then 'missing_value'
            when occurred_at is null then 'unusable_timestamp'
            when occurred_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
        end as quarantine_reason
    from typed
),

versions as {{ inlined() }} (
    {{ versions_of('events', 'judged') }}
),

ranked as (
    {{ newest_per_key('events', 'versions') }}
)

select
    {{ version_columns('events') }}
from ranked
