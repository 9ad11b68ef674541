with support_tickets as (
    select * from {{ ref('base_support_tickets') }}
),

versions as (
    {{ newest_per_key('support_tickets', 'support_tickets') }}
),

newest as (
    select
        versions.ticket_id,
        versions.customer_id,
        versions.opened_at,
        {{ local_date('versions.opened_at') }} as opened_on,
        versions.closed_at,
        {{ local_date('versions.closed_at') }} as closed_on,
        versions.satisfaction,
        versions.nps,
        versions.loaded_at
    from versions
    where versions.version_rank = 1
)

select * from newest
