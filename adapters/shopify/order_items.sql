{% set line = '"Lineitem sku", "Lineitem name", "Lineitem price", "Lineitem quantity"' -%}
-- The first row of an order tells its id, the rows of its further lines its name alone.
with export_rows as (
    select
        *,
        coalesce("Financial Status", "Currency", "Subtotal", "Total", "Id") is not null as is_first
    from {{ source('shopify', 'orders_export') }}
),

-- An order that stands in several files has a first row in each, and each of its lines as often.
counted as (
    select
        *,
        coalesce("Id", max("Id") over (partition by "Name"), "Name") as order_id,
        count_if(is_first) over (partition by "Name") as files,
        row_number() over (partition by "Name", {{ line }}) as place_among_same,
        count(*) over (partition by "Name", {{ line }}) as same_lines
    from export_rows
    where coalesce("Lineitem name", "Lineitem sku", "Lineitem quantity", "Lineitem price") is not null
),

lines as (
    select *
    from counted
    where place_among_same <= ceil(same_lines / greatest(files, 1))
)

select
    order_id,
    row_number() over (partition by order_id order by {{ line }}, place_among_same) as line_number,
    coalesce("Lineitem sku", "Lineitem name") as product_id,
    "Lineitem quantity" as quantity,
    "Lineitem price" as unit_price
from lines
