{{ config(materialized='view') }}

with source as (
    select * from {{ raw_rows('events', source('raw', 'events')) }}
),

typed as (
    select
        {{ id_of('event_id') }} as event_id,
        {{ text_of('event_name') }} as event_name,
        {{ to_utc_timestamp('occurred_at') }} as occurred_at,
        {{ id_of('customer_id') }} as customer_id,
        {{ id_of('anonymous_id') }} as anonymous_id,
        {{ text_of('source') }} as source,
        {{ text_of('channel') }} as channel,
        {{ id_of('product_id') }} as product_id,
        {{ text_of('category') }} as category,
        {{ id_of('campaign_id') }} as campaign_id,
        {{ to_money('value') }} as value,
        {{ text_of('properties') }} as properties,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('events') }}
    from source
),

judged as (
    select
        *,
        case
            when {{ says_nothing('event_id') }} then 'missing_key'
            when has_shortened_id then 'shortened_id'
            when event_name is null then 'missing_value'
            when occurred_at is null then 'unusable_timestamp'
            when occurred_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
        end as quarantine_reason
    from typed
)

select
    {{ judged_columns('events') }}
from judged
