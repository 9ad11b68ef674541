with order_items as (
    select * from {{ ref('base_order_items') }}
),

versions as (
    {{ newest_per_key('order_items', 'order_items') }}
),

newest as (
    select
        versions.order_id,
        versions.line_number,
        versions.product_id,
        versions.category,
        versions.quantity,
        versions.unit_price,
        versions.unit_cost,
        versions.loaded_at
    from versions
    where versions.version_rank = 1
)

select * from newest
