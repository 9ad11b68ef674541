{{ config(materialized='view') }}

with source as (
    select * from {{ raw_rows('order_items', source('raw', 'order_items')) }}
),

typed as (
    select
        {{ id_of('order_id') }} as order_id,
        {{ to_integer('line_number') }} as line_number,
        {{ id_of('product_id') }} as product_id,
        {{ text_of('category') }} as category,
        {{ to_money('quantity') }} as quantity,
        {{ to_money('unit_price') }} as unit_price,
        {{ to_money('unit_cost') }} as unit_cost,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('order_items') }}
    from source
),

judged as (
    select
        *,
        case
            when {{ says_nothing('order_id') }} or line_number is null then 'missing_key'
            when has_shortened_id then 'shortened_id'
        end as quarantine_reason
    from typed
)

select
    {{ judged_columns('order_items') }}
from judged
