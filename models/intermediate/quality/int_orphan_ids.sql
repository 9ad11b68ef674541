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
        coalesce(sum(case when parents.{{ parent_key }} is null then children.count_rows end), 0) as affected_rows,
        coalesce(sum(children.count_rows), 0) as total_rows
    from (
        select {{ column }}, count(*) as count_rows
        from {{ ref('stg_' ~ table) }}
        where {{ column }} is not null
        group by {{ column }}
    ) as children
    left join {{ ref('stg_' ~ parent) }} as parents on children.{{ column }} = parents.{{ parent_key }}
    -- A table that was not brought makes no orphans.
    where exists (select 1 from {{ ref('stg_' ~ parent) }})
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from orphans
