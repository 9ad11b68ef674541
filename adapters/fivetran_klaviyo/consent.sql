with persons as (
    select
        *,
        coalesce(cast(_fivetran_deleted as boolean), false) as is_deleted,
        row_number() over (partition by id order by _fivetran_synced desc) as version
    from {{ source('fivetran_klaviyo', 'person') }}
),

current_persons as (
    select * from persons where version = 1 or id is null
),

metrics as (
    select distinct id, name from {{ source('fivetran_klaviyo', 'metric') }}
),

exclusions as (
    select * from {{ source('fivetran_klaviyo', 'global_exclusion') }}
),

named_events as (
    select
        events.id,
        events.person_id,
        events.datetime,
        lower(coalesce(metrics.name, events.type)) as name,
        lower(events.property_bounce_type) as bounce_type
    from {{ source('fivetran_klaviyo', 'event') }} as events
    left join metrics on events.metric_id = metrics.id
    where not coalesce(cast(events._fivetran_deleted as boolean), false)
),

-- Who does not accept marketing is not subscribed, whatever a form says: undated, that counts from the last change.
states as (
    select
        id,
        email as address,
        'email' as channel,
        coalesce(
            lower(subscriptions_email_marketing_consent),
            case
                when not cast(custom_accepts_marketing as boolean) then 'not_accepting'
                when lower(custom_consent) like '%email%' or cast(custom_accepts_marketing as boolean) then 'subscribed'
            end
        ) as state,
        cast(subscriptions_email_marketing_can_receive_email_marketing as boolean) as can_receive,
        coalesce(subscriptions_email_marketing_timestamp, custom_consent_timestamp, created) as granted_at,
        coalesce(subscriptions_email_marketing_last_updated, updated) as changed_at,
        created
    from current_persons
    union all
    select
        id,
        phone_number,
        'sms',
        coalesce(
            lower(subscriptions_sms_marketing_consent),
            case when lower(custom_consent) like '%sms%' then 'subscribed' end
        ),
        cast(subscriptions_sms_marketing_can_receive_sms_marketing as boolean),
        coalesce(subscriptions_sms_marketing_timestamp, custom_consent_timestamp, created),
        coalesce(subscriptions_sms_marketing_last_updated, updated),
        created
    from current_persons
),

judged as (
    select
        *,
        case
            when state = 'subscribed' and not coalesce(can_receive, true) then 'opted_out'
            when state in ('never_subscribed', 'not_accepting') then 'not_subscribed'
            else state
        end as status
    from states
),

said as (
    select
        channel || '|' || id as consent_id,
        id as person_id,
        channel,
        status,
        case
            when status = 'subscribed' then granted_at
            when state = 'never_subscribed' then created
            else changed_at
        end as occurred_at
    from judged
    where status is not null
    union all
    select
        'excluded|' || person_id,
        person_id,
        'email',
        case
            when lower(reason) like '%spam%' then 'complained'
            when lower(reason) like '%bounce%' or lower(reason) like '%invalid%' then 'bounced'
            else 'opted_out'
        end,
        timestamp
    from exclusions
    union all
    select
        'event|' || id,
        person_id,
        case when name like '%sms%' then 'sms' when name like '%push%' then 'push' else 'email' end,
        case
            when name like 'unsubscribed%' then 'opted_out'
            when name = 'marked email as spam' then 'complained'
            when name = 'bounced email' then 'bounced'
            else 'subscribed'
        end,
        datetime
    from named_events
    where
        name in ('subscribed to email marketing', 'subscribed to sms marketing', 'marked email as spam')
        or name like 'unsubscribed%'
        or (name = 'bounced email' and coalesce(bounce_type, 'hard') = 'hard')
)

select
    said.consent_id,
    said.person_id as customer_id,
    case said.channel
        when 'sms' then current_persons.phone_number
        when 'email' then current_persons.email
    end as address,
    said.channel,
    said.status,
    coalesce(said.occurred_at, case when said.status <> 'subscribed' then current_persons.updated end) as occurred_at,
    'klaviyo' as source
from said
left join current_persons on said.person_id = current_persons.id
-- A deleted person's opt-in is nobody's any more; a withdrawal stays one.
where not (said.status = 'subscribed' and coalesce(current_persons.is_deleted, false))
