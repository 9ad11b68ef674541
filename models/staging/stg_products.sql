with products as (
    select * from {{ ref('base_products') }}
),

versions as (
    {{ newest_per_key('products', 'products') }}
),

newest as (
    select
        versions.product_id,
        versions.name,
        versions.category,
        versions.unit_cost,
        versions.is_consumable,
        versions.replenish_days
    from versions
    where versions.version_rank = 1
)

select * from newest
