with customers as (
    select
        *,
        coalesce(cast(_fivetran_deleted as boolean), false) as is_deleted,
        row_number() over (partition by id order by _fivetran_synced desc) as version
    from {{ source('fivetran_shopify', 'customer') }}
),

-- Who does not accept marketing may have withdrawn: without a date that counts from the last change of the record.
states as (
    select
        'email|' || id as consent_id,
        id as customer_id,
        email as address,
        'email' as channel,
        coalesce(
            lower(email_marketing_consent_state),
            case cast(accepts_marketing as boolean) when true then 'subscribed' when false then 'not_subscribed' end
        ) as state,
        coalesce(
            email_marketing_consent_consent_updated_at,
            email_marketing_consent_updated_at,
            accepts_marketing_updated_at,
            case
                when email_marketing_consent_state is null and not cast(accepts_marketing as boolean) then updated_at
            end
        ) as said_at,
        created_at,
        updated_at,
        is_deleted
    from customers
    where version = 1 or id is null
    union all
    select
        'sms|' || id,
        id,
        phone,
        'sms',
        lower(sms_marketing_consent_state),
        coalesce(sms_marketing_consent_consent_updated_at, sms_marketing_consent_updated_at),
        created_at,
        updated_at,
        is_deleted
    from customers
    where version = 1 or id is null
)

-- A deleted customer's opt-in is nobody's any more; a withdrawal stays one.
select
    consent_id,
    customer_id,
    address,
    channel,
    case state when 'redacted' then 'erased' when 'invalid' then 'bounced' else state end as status,
    coalesce(
        said_at,
        case when state in ('subscribed', 'pending', 'not_subscribed') then created_at else updated_at end
    ) as occurred_at,
    'shopify' as source
from states
where state is not null and not (is_deleted and state in ('subscribed', 'pending'))
