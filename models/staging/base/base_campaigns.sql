with source as {{ inlined() }} (
    select * from {{ source('raw', 'campaigns') }}
),

typed as {{ inlined() }} (
    select
        {{ to_text('campaign_id') }} as campaign_id,
        {{ to_text('name') }} as name,
        {{ to_text('channel') }} as channel,
        {{ to_text('segment_key') }} as segment_key,
        {{ to_text('journey') }} as journey,
        {{ to_boolean('is_service') }} as is_service,
        {{ to_utc_timestamp('started_at') }} as started_at,
        {{ to_utc_timestamp('ended_at') }} as ended_at,
        {{ to_money('cost') }} as cost,
        {{ to_money('incentive_cost') }} as incentive_cost,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('campaigns') }}
    from source
),

judged as {{ inlined() }} (
    select
        *,
        case
            when campaign_id is null then 'missing_key'
        end as quarantine_reason
    from typed
),

versions as {{ inlined() }} (
    {{ versions_of('campaigns', 'judged') }}
),

ranked as (
    {{ newest_per_key('campaigns', 'versions') }}
)

select
    {{ version_columns('campaigns') }}
from ranked
