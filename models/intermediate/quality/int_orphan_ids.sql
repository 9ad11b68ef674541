{% set references = [
    ('order_items', 'order_id', 'orders', 'order_id'),
    ('order_items', 'product_id', 'products', 'product_id'),
    ('events', 'product_id', 'products', 'product_id'),
    ('events', 'campaign_id', 'campaigns', 'campaign_id'),
    ('orders', 'customer_id', 'customers', 'customer_id'),
    ('events', 'customer_id', 'customers', 'customer_id'),
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
        -- A table that was not brought makes no orphans.
        and exists (select 1 from {{ ref('stg_' ~ parent) }})
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from orphans
