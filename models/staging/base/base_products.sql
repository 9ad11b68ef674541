with source as (
    select * from {{ source('raw', 'products') }}
),

typed as (
    select
        {{ to_text('product_id') }} as product_id,
        {{ to_text('name') }} as name,
        {{ to_text('category') }} as category,
        {{ to_money('unit_cost') }} as unit_cost,
        {{ to_boolean('is_consumable') }} as is_consumable,
        {{ to_integer('replenish_days') }} as replenish_days,
        {{ unreadable_columns('products') }} as unreadable_columns,
        {{ row_as_json('products') }} as row_json
    from source
),

judged as (
    select
        *,
        coalesce(product_id, '') as row_key,
        true as is_known,
        case
            when product_id is null then 'missing_key'
        end as quarantine_reason
    from typed
)

select * from judged
