with identities as (
    select * from {{ ref('base_identities') }}
),

versions as (
    {{ newest_per_key('identities', 'identities') }}
),

newest as (
    select
        versions.identifier_type,
        versions.identifier,
        versions.customer_id,
        versions.linked_at,
        {{ local_date('versions.linked_at') }} as linked_on,
        versions.loaded_at
    from versions
    where versions.version_rank = 1
)

select * from newest
