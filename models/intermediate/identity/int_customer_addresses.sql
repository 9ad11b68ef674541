with customers as (
    select * from {{ ref('stg_customers') }}
),

junk as (
    select * from {{ ref('junk_identifiers') }}
),

named as (
    select customer_id, identifier as address
    from {{ ref('stg_identities') }}
    where identifier_type in ('email', 'phone')
    union all
    select customer_id, email from customers
    union all
    select customer_id, phone from customers
    union all
    select customer_id, customer_id as address
    from {{ ref('int_customer_ids') }}
    where {{ address_in_id('customer_id') }} is not null
),

hashed as (
    select
        named.customer_id,
        {{ to_address('named.address') }} as address
    from named
    left join junk on lower(named.address) = junk.identifier
    where not {{ is_junk_identifier('named.address', 'junk.identifier') }}
)

select distinct
    customer_id,
    address,
    case when address like 'email:%' then 'email' else 'phone' end as address_type
from hashed
where address is not null
