with source as {{ inlined() }} (
    select * from {{ raw_rows('support_tickets', source('raw', 'support_tickets')) }}
),

typed as {{ inlined() }} (
    select
        {{ id_of('ticket_id') }} as ticket_id,
        {{ id_of('customer_id') }} as customer_id,
        {{ to_utc_timestamp('opened_at') }} as opened_at,
        {{ to_utc_timestamp('closed_at') }} as closed_at,
        {{ within(to_integer('satisfaction'), 1, 5) }} as satisfaction,
        {{ within(to_integer('nps'), 0, 10) }} as nps,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('support_tickets') }}
    from source
),

judged as (
    select
        *,
        case
            when {{ says_nothing('ticket_id') }} then 'missing_key'
            when has_shortened_id then 'shortened_id'
            when customer_id is null then 'missing_value'
            when opened_at is null then 'unusable_timestamp'
            when opened_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
        end as quarantine_reason
    from typed
),

doubled as (
    {{ doubled_keys('support_tickets', 'judged') }}
),

versions as {{ inlined() }} (
    {{ versions_of('support_tickets', 'judged', 'doubled') }}
),

ranked as (
    {{ newest_per_key('support_tickets', 'versions') }}
)

select
    {{ version_columns('support_tickets') }}
from ranked
