with customer_ids as (
    select * from {{ ref('int_customer_ids') }}
),

resolved as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

links as (
    select * from {{ ref('int_identity_links') }} where identifier_type <> 'customer_id'
),

-- Every identifier that was seen, and each link of those that belong to a customer.
seen as (
    select
        links.identifier_type,
        links.identifier,
        links.count_customer_ids,
        links.is_set_apart,
        resolved.customer_id
    from links
    left join resolved on links.customer_id = resolved.source_customer_id
    union all
    select identifier_type, identifier, null, null, null
    from {{ ref('stg_identities') }}
    where identifier_type <> 'customer_id'
    union all
    select 'anonymous_id', anonymous_id, null, null, null
    from {{ ref('int_event_visitors') }}
    where anonymous_id is not null
),

identifiers as (
    select
        identifier_type,
        identifier,
        coalesce(max(count_customer_ids), 0) as count_customer_ids,
        coalesce(bool_or(is_set_apart), false) as is_set_apart,
        min(customer_id) as customer_id
    from seen
    group by identifier_type, identifier
),

junk as (
    {{ junk_as_compared(ref('junk_identifiers')) }}
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
    case when not identifiers.is_set_apart then identifiers.customer_id end as customer_id,
    case
        when {{ is_junk_identifier('identifiers.identifier', 'junk.identifier') }} then 'junk'
        when identifiers.is_set_apart then 'set_apart'
        when identifiers.customer_id is null then 'unlinked'
        else 'linked'
    end as link_status,
    identifiers.count_customer_ids
from identifiers
left join junk on lower(identifiers.identifier) = junk.identifier
