with unmapped as (
    select 'unmapped_event_name' as metric, 'events' as table_name, event_name as subject
    from {{ ref('stg_events') }} as events
    where not exists (
        select 1
        from {{ ref('event_taxonomy') }} as taxonomy
        where taxonomy.source_event_name = events.event_name and taxonomy.source in (events.source, 'any')
    )
    union all
    select 'unmapped_order_status', 'orders', source_status
    from {{ ref('stg_orders') }}
    where order_status = 'unmapped'
    union all
    select 'unmapped_consent_status', 'consent', source_status
    from {{ ref('stg_consent') }}
    where consent_status = 'unmapped'
    union all
    select 'unmapped_consent_channel', 'consent', channel
    from {{ ref('stg_consent') }}
    where channel not in (select channel from {{ ref('channels') }})
    union all
    select 'unmapped_subscription_status', 'subscriptions', source_status
    from {{ ref('stg_subscriptions') }}
    where subscription_status = 'unmapped'
)

select
    metric,
    table_name,
    subject,
    count(*) as affected_rows
from unmapped
group by metric, table_name, subject
