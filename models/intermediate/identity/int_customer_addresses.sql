with junk as (
    select * from {{ ref('junk_identifiers') }}
),

-- An address that a row named which counts no longer, or never did, is not one to write to; a withdrawal by it still counts.
named as (
    select customer_id, identifier as address, row_status = 'staged' as is_current
    from {{ ref('base_identities') }}
    where identifier_type in ('email', 'phone') or {{ address_in_id('identifier') }} is not null
    union all
    select customer_id, email, row_status = 'staged' from {{ ref('base_customers') }}
    union all
    select customer_id, phone, row_status = 'staged' from {{ ref('base_customers') }}
    union all
    select customer_id, customer_id as address, true
    from {{ ref('int_customer_ids') }}
    where {{ address_in_id('customer_id') }} is not null
),

hashed as (
    select
        named.customer_id,
        {{ to_address('named.address') }} as address,
        named.is_current
    from named
    left join junk on lower(named.address) = junk.identifier
    where named.customer_id is not null and not {{ is_junk_identifier('named.address', 'junk.identifier') }}
)

select
    customer_id,
    address,
    case when address like 'email:%' then 'email' else 'phone' end as address_type,
    bool_or(is_current) as is_current
from hashed
where address is not null
group by customer_id, address
