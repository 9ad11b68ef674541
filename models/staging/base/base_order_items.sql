with source as {{ inlined() }} (
    select * from {{ source('raw', 'order_items') }}
),

typed as {{ inlined() }} (
    select
        {{ to_text('order_id') }} as order_id,
        {{ to_integer('line_number') }} as line_number,
        {{ to_text('product_id') }} as product_id,
        {{ to_text('category') }} as category,
        {{ to_money('quantity') }} as quantity,
        {{ to_money('unit_price') }} as unit_price,
        {{ to_money('unit_cost') }} as unit_cost,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('order_items') }}
    from source
),

judged as {{ inlined() }} (
    select
        *,
        case
            when order_id is null or line_number is null then 'missing_key'
        end as quarantine_reason
    from typed
),

versions as {{ inlined() }} (
    {{ versions_of('order_items', 'judged') }}
),

ranked as (
    {{ newest_per_key('order_items', 'versions') }}
)

select
    {{ version_columns('order_items') }}
from ranked
