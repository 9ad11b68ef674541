with webtoffee_cells as (
    select order_id, unnest(map_entries(cast(cast(other_columns as json) as map(varchar, varchar)))) as cell
    from {{ source('woocommerce', 'webtoffee_orders') }}
),

skyverge_cells as (
    select order_id, unnest(string_split(line_items, ';id:')) as item
    from {{ source('woocommerce', 'skyverge_orders') }}
),

items as (
    -- A line is its place among the columns of WebToffee, the id of the item of SkyVerge.
    select order_id, regexp_extract(cell.key, '\d+') as line_number, cell.value as item
    from webtoffee_cells
    where regexp_full_match(cell.key, 'line_item_\d+') and cell.value <> ''
    union
    select order_id, regexp_extract(item, '^(id:)?(\d+)', 2), item
    from skyverge_cells
),

parsed as (
    select
        order_id, line_number,
        regexp_extract(item, '\|product_id:(\d+)', 1) as product_id,
        regexp_extract(item, '\|quantity:([\d.]+)', 1) as quantity,
        regexp_extract(item, '\|total:(-?[\d.]+)', 1) as total
    from items
    union
    select order_id, item_id, item_product_id, item_quantity, item_total
    from {{ source('woocommerce', 'skyverge_order_items') }}
)

select
    order_id,
    line_number,
    nullif(nullif(product_id, ''), '0') as product_id,
    quantity,
    cast(
        try_cast(total as decimal(18, 4)) / nullif(try_cast(quantity as decimal(18, 4)), 0) as decimal(18, 4)
    ) as unit_price
from parsed
