-- Title, type and category stand on the first row of a product, options and costs on the row of each variant.
with variants as (
    select
        *,
        coalesce("Title", max("Title") over (partition by "Handle")) as product_title,
        coalesce("Type", max("Type") over (partition by "Handle")) as product_type,
        coalesce("Product Category", max("Product Category") over (partition by "Handle")) as product_category,
        nullif(concat_ws(' / ', nullif("Option1 Value", 'Default Title'), "Option2 Value", "Option3 Value"), '')
            as options
    from {{ source('shopify', 'products_export') }}
)

-- A row with neither SKU nor option is one more picture.
select
    coalesce(ltrim("Variant SKU", ''''), concat_ws(' - ', product_title, options)) as product_id,
    concat_ws(' - ', product_title, options) as name,
    coalesce(product_type, product_category) as category,
    "Cost per item" as unit_cost
from variants
where coalesce("Variant SKU", "Option1 Value") is not null
