with event_names as (
    select * from {{ ref('int_event_name_quality') }} where staged_rows > 0
),

channels as (
    select * from {{ ref('channels') }}
),

taxonomy as (
    select * from {{ ref('event_taxonomy') }}
),

unmapped as (
    select
        'unmapped_event_name' as metric,
        'events' as table_name,
        event_names.event_name as subject,
        event_names.staged_rows as affected_rows
    from event_names
    left join taxonomy on event_names.event_name = taxonomy.source_event_name and taxonomy.source in (event_names.source, 'any')
    where taxonomy.source_event_name is null
    union all
    select 'unmapped_order_status', 'orders', source_status, 1
    from {{ ref('stg_orders') }}
    where order_status = 'unmapped'
    union all
    select 'unmapped_consent_status', 'consent', source_status, 1
    from {{ ref('stg_consent') }}
    where consent_status = 'unmapped'
    union all
    select 'unmapped_consent_channel', 'consent', channel, 1
    from {{ ref('stg_consent') }}
    where channel not in (select channel from channels)
    union all
    select 'unmapped_consent_purpose', 'consent', consent.channel || ' ' || consent.purpose, 1
    from {{ ref('stg_consent') }} as consent
    left join channels as known on consent.channel = known.channel and consent.purpose = known.purpose
    where consent.channel in (select channel from channels) and known.channel is null
    union all
    select 'unmapped_subscription_status', 'subscriptions', source_status, 1
    from {{ ref('stg_subscriptions') }}
    where subscription_status = 'unmapped'
)

-- An address in the place of a name is personal data.
select
    metric,
    table_name,
    case when {{ holds_address('subject') }} then 'names that hold an address' else subject end as subject,
    cast(sum(affected_rows) as bigint) as affected_rows
from unmapped
group by 1, 2, 3
