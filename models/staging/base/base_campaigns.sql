with source as (
    select * from {{ source('raw', 'campaigns') }}
),

typed as (
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
        {{ unreadable_columns('campaigns') }} as unreadable_columns,
        {{ row_as_json('campaigns') }} as row_json
    from source
),

judged as (
    select
        *,
        coalesce(campaign_id, '') as row_key,
        {{ is_known('loaded_at') }} as is_known,
        case
            when campaign_id is null then 'missing_key'
        end as quarantine_reason
    from typed
)

select * from judged
