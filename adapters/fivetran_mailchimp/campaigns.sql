with campaigns as (
    select id, title, subject_line, send_time, _fivetran_deleted, _fivetran_synced
    from {{ source('fivetran_mailchimp', 'campaign') }}
    union all
    select id, title, subject_line, coalesce(start_time, send_time), _fivetran_deleted, _fivetran_synced
    from {{ source('fivetran_mailchimp', 'automation_email') }}
),

versions as (
    select
        *,
        row_number() over (partition by id order by _fivetran_synced desc) as version
    from campaigns
)

select
    id as campaign_id,
    coalesce(title, subject_line) as name,
    'email' as channel,
    send_time as started_at
from versions
where (version = 1 or id is null) and not coalesce(cast(_fivetran_deleted as boolean), false)
