with source as {{ inlined() }} (
    select * from {{ raw_rows('consent', source('raw', 'consent')) }}
),

statuses as (
    select * from {{ ref('consent_statuses') }}
),

typed as {{ inlined() }} (
    select
        {{ id_of('consent_id') }} as consent_id,
        {{ id_in_one_spelling('customer_id') }} as customer_id,
        {{ to_address('address') }} as address,
        {{ text_of('channel') }} as channel,
        {{ text_of('status') }} as status,
        {{ to_utc_timestamp('occurred_at') }} as occurred_at,
        {{ text_of('purpose') }} as purpose,
        {{ text_of('source') }} as source,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ day_alone('occurred_at') }} as occurred_day,
        {{ day_alone('loaded_at') }} as load_day,
        {{ row_marks('consent') }}
    from source
),

-- A status without a row is judged as opted_out.
mapped as {{ inlined() }} (
    select
        typed.*,
        coalesce(statuses.consent_status, 'unmapped') as consent_status,
        coalesce(statuses.restrictiveness, unmapped.restrictiveness) as restrictiveness,
        coalesce(statuses.is_contactable, false) as is_contactable,
        coalesce(statuses.is_withdrawal, true) as is_withdrawal,
        coalesce(statuses.is_for_ever, false) as is_for_ever,
        coalesce({{ start_of_day('typed.occurred_day') }}, typed.occurred_at) as begins_at
    from typed
    left join statuses on lower(typed.status) = statuses.source_status
    left join statuses as unmapped on unmapped.source_status = 'opted_out'
),

-- A withdrawal with a day and no time counts from the end of that day, all else from its beginning.
dated as {{ inlined() }} (
    select
        *,
        case
            when is_withdrawal and occurred_day is not null
                then {{ start_of_day(add_days('occurred_day', 1)) }} - interval 1 microsecond
            else begins_at
        end as said_at,
        case
            when load_day is not null then {{ start_of_day(add_days('load_day', 1)) }} - interval 1 microsecond
            else loaded_at
        end as loaded_by
    from mapped
),

counted as {{ inlined() }} (
    select
        *,
        case when begins_at > loaded_by then loaded_by else said_at end as counts_from,
        case
            when {{ seems_address('customer_id') }} and {{ address_in_id('customer_id') }} is null then true
            when address is null then coalesce({{ seems_address('raw_address') }}, false)
            else false
        end as has_misspelled_address
    from dated
),

judged as {{ computed_once() }} (
    select
        *,
        case
            when {{ says_nothing('consent_id') }} then 'missing_key'
            when has_shortened_id then 'shortened_id'
            when coalesce(customer_id, address) is null and {{ to_text('raw_address') }} is not null then 'unreadable_address'
            when coalesce(customer_id, address) is null or channel is null or status is null then 'missing_value'
            -- Many tools write the beginning of 1900 or 1970 for no time; so old, a withdrawal would withdraw nothing.
            when occurred_at is null then 'unusable_timestamp'
            when is_withdrawal and occurred_at < cast('1990-01-01' as timestamp) then 'unusable_timestamp'
            when occurred_at > loaded_at + interval 1 day and not is_withdrawal then 'loaded_before_it_happened'
        end as quarantine_reason
    from counted
),

doubled as (
    {{ doubled_keys('consent', 'judged') }}
),

versions as {{ inlined() }} (
    {{ versions_of('consent', 'judged', 'doubled') }}
),

ranked as (
    {{ newest_per_key('consent', 'versions', later=['counts_from desc'], careful=['restrictiveness desc']) }}
)

select
    {{ version_columns('consent') }},
    consent_status,
    restrictiveness,
    is_contactable,
    is_withdrawal,
    is_for_ever,
    counts_from,
    said_at,
    has_misspelled_address,
    {{ row_hash('consent') }} as row_hash
from ranked
