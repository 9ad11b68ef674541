with source as {{ inlined() }} (
    select * from {{ source('raw', 'products') }}
),

typed as {{ inlined() }} (
    select
        {{ text_of('product_id') }} as product_id,
        {{ text_of('name') }} as name,
        {{ text_of('category') }} as category,
        {{ to_money('unit_cost') }} as unit_cost,
        {{ to_boolean('is_consumable') }} as is_consumable,
        {{ to_integer('replenish_days') }} as replenish_days,
        {{ row_marks('products') }}
    from source
),

judged as (
    select
        *,
        case
            when product_id is null then 'missing_key'
        end as quarantine_reason
    from typed
),

doubled as (
    {{ doubled_keys('products', 'judged') }}
),

versions as {{ inlined() }} (
    {{ versions_of('products', 'judged', 'doubled') }}
),

ranked as (
    {{ newest_per_key('products', 'versions') }}
)

select
    {{ version_columns('products') }}
from ranked
