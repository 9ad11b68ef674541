{% set tables = ['orders', 'refunds', 'customers', 'events', 'consent', 'support_tickets', 'subscriptions', 'identities'] -%}

with named as (
    {%- for table in tables %}
    select 'customer_id' as identifier_type, customer_id as identifier
    from {{ ref('base_' ~ table) }}
    where {{ is_touched() }}
    union
    {%- endfor %}
    select identifier_type, identifier
    from {{ ref('base_identities') }}
    where {{ is_touched() }}
    union
    select 'anonymous_id', anonymous_id
    from {{ ref('base_events') }}
    where {{ is_touched() }}
)

select * from named
where identifier is not null and identifier_type is not null and {{ goes_on('int_customer_ids') }}
