with links as (
    select * from {{ ref('int_identity_links') }} where is_set_apart
),

-- Withdrawals of all who share an identifier, also if it has too many customer ids to make them one person.
withdrawals as (
    select
        links.identifier_type,
        links.identifier,
        consent.channel,
        consent.purpose,
        consent.consent_status,
        consent.restrictiveness,
        consent.status_since,
        consent.gives_status and consent.is_withdrawal as gives_status,
        row_number() over (
            partition by links.identifier_type, links.identifier, consent.channel, consent.purpose
            order by
                case when consent.gives_status and consent.is_withdrawal then 0 else 1 end,
                consent.restrictiveness desc, consent.consent_status asc, consent.status_since desc
        ) as withdrawal_rank
    from {{ ref('int_customer_id_consent') }} as consent
    inner join links on consent.source_customer_id = links.customer_id
    where consent.is_withdrawn
),

strictest as (
    select * from withdrawals where withdrawal_rank = 1
),

ranked as (
    select
        links.customer_id as source_customer_id,
        strictest.*,
        row_number() over (
            partition by links.customer_id, strictest.channel, strictest.purpose
            order by
                case when strictest.gives_status then 0 else 1 end,
                strictest.restrictiveness desc, strictest.consent_status asc, strictest.status_since desc
        ) as shared_rank
    from strictest
    inner join links
        on strictest.identifier_type = links.identifier_type and strictest.identifier = links.identifier
)

select
    source_customer_id,
    channel,
    purpose,
    consent_status,
    restrictiveness,
    status_since,
    gives_status
from ranked
where shared_rank = 1
