with junk as (
    {{ junk_as_compared(ref('junk_identifiers')) }}
),

-- An address of a superseded or set-aside row is not written to, but a withdrawal by it still counts.
named as (
    select
        customer_id,
        case when identifier_type in ('email', 'phone') then identifier else {{ address_in_id('identifier') }} end as address,
        row_status = 'staged' as is_current
    from {{ ref('base_identities') }}
    {%- for table, customer_id in [('customers', 'customer_id'), ('orders', 'buyer_id')] %}
    {%- for address in ['email', 'phone'] %}
    union all
    select {{ customer_id }}, {{ address }}, row_status = 'staged'
    from {{ ref('base_' ~ table) }}
    where {{ address }} is not null
    {%- endfor %}
    {%- endfor %}
    union all
    select customer_id, {{ address_in_id('customer_id') }}, true
    from {{ ref('int_customer_ids') }}
)

select
    named.customer_id,
    named.address,
    case when named.address like 'email:%' then 'email' else 'phone' end as address_type,
    bool_or(named.is_current) as is_current
from named
left join junk on named.address = junk.identifier
where named.customer_id is not null and {{ is_address('named.address') }} and junk.identifier is null
group by named.customer_id, named.address
