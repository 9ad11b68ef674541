with source as (
    select * from {{ source('raw', 'order_items') }}
),

typed as (
    select
        {{ to_text('order_id') }} as order_id,
        {{ to_integer('line_number') }} as line_number,
        {{ to_text('product_id') }} as product_id,
        {{ to_text('category') }} as category,
        {{ to_money('quantity') }} as quantity,
        {{ to_money('unit_price') }} as unit_price,
        {{ to_money('unit_cost') }} as unit_cost,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ unreadable_columns('order_items') }} as unreadable_columns,
        {{ row_as_json('order_items') }} as row_json
    from source
),

judged as (
    select
        *,
        coalesce(cast(order_id as varchar), '') || '|' || coalesce(cast(line_number as varchar), '') as row_key,
        {{ is_known('loaded_at') }} as is_known,
        case
            when order_id is null or line_number is null then 'missing_key'
        end as quarantine_reason
    from typed
)

select * from judged
