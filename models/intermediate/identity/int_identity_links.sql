with customer_ids as (
    select * from {{ ref('int_customer_ids') }}
),

visits as (
    select 'anonymous_id' as identifier_type, anonymous_id as identifier, customer_id
    from {{ ref('int_event_visitors') }}
    where anonymous_id is not null and customer_id is not null
),

-- An address belongs to the customer id that a record or an order names with it, and to a customer id that is this address.
addresses as (
    {%- for table in (['customers'] if flag('link_customers_by_address') else []) + ['orders'] %}
    {%- for address in ['email', 'phone'] %}
    select {{ address }} as address, customer_id from {{ ref('stg_' ~ table) }} where {{ address }} is not null
    union
    {%- endfor %}
    {%- endfor %}
    select {{ address_in_id('customer_id') }}, customer_id from customer_ids
),

sightings as (
    select identifier_type, identifier, customer_id from {{ ref('stg_identities') }}
    union
    select identifier_type, identifier, customer_id from visits
    union
    select 'anonymous_id', anonymous_id, customer_id from {{ ref('stg_orders') }} where anonymous_id is not null
    union
    select substring(address, 1, 5), address, customer_id from addresses where address is not null
),

junk as (
    {{ junk_as_compared(ref('junk_identifiers')) }}
),

identifier_types as (
    select * from {{ ref('identifier_types') }}
),

links as (
    select
        sightings.identifier_type,
        sightings.identifier,
        sightings.customer_id
    from sightings
    inner join customer_ids
        on sightings.customer_id = customer_ids.customer_id and not customer_ids.is_junk
    left join junk on lower(sightings.identifier) = junk.identifier
    where not {{ is_junk_identifier('sightings.identifier', 'junk.identifier') }}
),

shared as (
    select
        links.identifier_type,
        links.identifier,
        count(*) as count_customer_ids,
        -- Each type has its limit: a household shares a device, but not an e-mail address.
        count(*) > max(coalesce(of_type.max_customer_ids, of_any.max_customer_ids)) as is_set_apart
    from links
    left join identifier_types as of_type on links.identifier_type = of_type.identifier_type
    left join identifier_types as of_any on of_any.identifier_type = 'any'
    group by links.identifier_type, links.identifier
)

select
    links.identifier_type,
    links.identifier,
    links.customer_id,
    shared.count_customer_ids,
    shared.is_set_apart
from links
inner join shared
    on links.identifier_type = shared.identifier_type and links.identifier = shared.identifier
