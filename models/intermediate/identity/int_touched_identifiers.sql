{% set tables = ['orders', 'refunds', 'customers', 'events', 'consent', 'support_tickets', 'subscriptions', 'identities'] -%}

with named as (
    {%- for table in tables %}
    select 'customer_id' as identifier_type, customer_id as identifier, false as is_alias, standing
    from {{ ref('base_' ~ table) }}
    where {{ is_touched() }}
    union
    {%- endfor %}
    select identifier_type, identifier, identifier_type = 'customer_id', standing
    from {{ ref('base_identities') }}
    where {{ is_touched() }}
    union
    select 'anonymous_id', anonymous_id, false, standing
    from {{ ref('base_events') }}
    where {{ is_touched() }}
)

select
    identifier_type,
    identifier,
    bool_or(is_alias) as is_alias,
    bool_or(standing <> 'staged') as has_lost_rows
from named
where identifier is not null and identifier_type is not null and {{ goes_on('int_customer_ids') }}
group by identifier_type, identifier
