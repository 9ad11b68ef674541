{% set references = [
    ('order_items', 'order_id', 'orders', 'order_id'),
    ('order_items', 'product_id', 'products', 'product_id'),
    ('orders', 'customer_id', 'customers', 'customer_id'),
    ('consent', 'customer_id', 'customers', 'customer_id'),
    ('support_tickets', 'customer_id', 'customers', 'customer_id'),
    ('subscriptions', 'customer_id', 'customers', 'customer_id'),
] -%}

with orphans as (
    {%- for table, column, parent, parent_key in references %}
    select
        '{{ table }}' as table_name,
        '{{ column }}' as subject,
        count(case when parents.{{ parent_key }} is null then 1 end) as affected_rows,
        count(*) as total_rows
    from {{ ref('stg_' ~ table) }} as children
    left join {{ ref('stg_' ~ parent) }} as parents on children.{{ column }} = parents.{{ parent_key }}
    where
        children.{{ column }} is not null
        {%- if table == 'orders' %}
        -- A guest's id is the hash of an address.
        and not {{ is_address('children.' ~ column) }}
        {%- endif %}
        -- A table that was not brought makes no orphans.
        and exists (select 1 from {{ ref('stg_' ~ parent) }})
    union all
    {%- endfor %}
    {%- for kind in ['product', 'campaign'] %}
    select 'events', '{{ kind }}_id', coalesce(sum(orphan_{{ kind }}_rows), 0), coalesce(sum({{ kind }}_rows), 0)
    from {{ ref('int_event_name_quality') }}
    where exists (select 1 from {{ ref('stg_' ~ kind ~ 's') }})
    union all
    {%- endfor %}
    select
        'events',
        'customer_id',
        coalesce(sum(case when customers.customer_id is null then event_days.events end), 0),
        coalesce(sum(event_days.events), 0)
    from {{ ref('int_event_days') }} as event_days
    left join {{ ref('stg_customers') }} as customers on event_days.customer_id = customers.customer_id
    where event_days.customer_id is not null and exists (select 1 from {{ ref('stg_customers') }})
)

select * from orphans
