with source as {{ inlined() }} (
    select * from {{ raw_rows('campaigns', source('raw', 'campaigns')) }}
),

typed as {{ inlined() }} (
    select
        {{ id_of('campaign_id') }} as campaign_id,
        {{ text_of('name') }} as name,
        {{ text_of('channel') }} as channel,
        {{ text_of('segment_key') }} as segment_key,
        {{ text_of('journey') }} as journey,
        {{ to_boolean('is_service') }} as is_service,
        {{ to_utc_timestamp('started_at') }} as started_at,
        {{ to_utc_timestamp('ended_at') }} as ended_at,
        {{ to_money('cost') }} as cost,
        {{ to_money('incentive_cost') }} as incentive_cost,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('campaigns') }}
    from source
),

judged as (
    select
        *,
        case
            when {{ says_nothing('campaign_id') }} then 'missing_key'
            when has_shortened_id then 'shortened_id'
        end as quarantine_reason
    from typed
),

doubled as (
    {{ doubled_keys('campaigns', 'judged') }}
),

versions as {{ inlined() }} (
    {{ versions_of('campaigns', 'judged', 'doubled') }}
),

ranked as (
    {{ newest_per_key('campaigns', 'versions') }}
)

select
    {{ version_columns('campaigns') }}
from ranked
