with customer_ids as (
    select * from {{ ref('int_customer_ids') }}
),

resolved as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

links as (
    select * from {{ ref('int_identity_links') }} where identifier_type <> 'customer_id'
),

visitors as (
    select 'anonymous_id' as identifier_type, anonymous_id as identifier
    from {{ ref('int_event_visitors') }}
    where anonymous_id is not null
),

identifiers as (
    select identifier_type, identifier from {{ ref('stg_identities') }}
    where identifier_type <> 'customer_id'
    union
    select identifier_type, identifier from visitors
    union
    select identifier_type, identifier from links
),

junk as (
    {{ junk_as_compared(ref('junk_identifiers')) }}
),

owners as (
    select
        links.identifier_type,
        links.identifier,
        max(links.count_customer_ids) as count_customer_ids,
        bool_or(links.is_set_apart) as is_set_apart,
        min(resolved.customer_id) as customer_id
    from links
    inner join resolved on links.customer_id = resolved.source_customer_id
    group by links.identifier_type, links.identifier
)

select
    'customer_id' as identifier_type,
    customer_ids.customer_id as identifier,
    resolved.customer_id,
    case when customer_ids.is_junk then 'junk' else 'linked' end as link_status,
    1 as count_customer_ids
from customer_ids
left join resolved on customer_ids.customer_id = resolved.source_customer_id
union all
select
    identifiers.identifier_type,
    identifiers.identifier,
    case when not owners.is_set_apart then owners.customer_id end as customer_id,
    case
        when {{ is_junk_identifier('identifiers.identifier', 'junk.identifier') }} then 'junk'
        when owners.is_set_apart then 'set_apart'
        when owners.customer_id is null then 'unlinked'
        else 'linked'
    end as link_status,
    coalesce(owners.count_customer_ids, 0) as count_customer_ids
from identifiers
left join owners
    on identifiers.identifier_type = owners.identifier_type and identifiers.identifier = owners.identifier
left join junk on lower(identifiers.identifier) = junk.identifier
