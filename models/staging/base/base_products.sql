with source as {{ inlined() }} (
    select * from {{ raw_rows('products', source('raw', 'products')) }}
),

typed as {{ inlined() }} (
    select
        {{ id_of('product_id') }} as product_id,
        {{ text_of('name') }} as name,
        {{ text_of('category') }} as category,
        {{ to_money('unit_cost') }} as unit_cost,
        {{ to_boolean('is_consumable') }} as is_consumable,
        {{ within(to_integer('replenish_days'), 1, 36500) }} as replenish_days,
        {{ row_marks('products') }}
    from source
),

judged as (
    select
        *,
        case
            when {{ says_nothing('product_id') }} then 'missing_key'
            when has_shortened_id then 'shortened_id'
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
