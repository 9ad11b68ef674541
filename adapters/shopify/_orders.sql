{% set gift_cards = var('shopify_gift_card_lines') | replace("'", "''") -%}
-- The first row of an order carries the order; the rows of its further lines carry the line alone.
with export_rows as (
    select
        *,
        coalesce("Financial Status", "Currency", "Subtotal", "Total", "Id") is not null as is_first,
        try_cast("Lineitem price" as decimal(18, 4)) * try_cast("Lineitem quantity" as decimal(18, 4)) as line_value
    from {{ source('shopify', 'orders_export') }}
),

-- An order that stands in several files has a first row in each, and each of its lines as often.
lines_of_orders as (
    select
        "Name" as order_name,
        cast(sum(line_value) / nullif(count_if(is_first), 0) as decimal(18, 4)) as lines_value,
        cast(sum(line_value - coalesce(try_cast("Lineitem discount" as decimal(18, 4)), 0)) filter (
            where {{ gift_cards != '' }}
            and regexp_matches("Lineitem name", '(?i){{ gift_cards }}')
            and coalesce(lower("Lineitem taxable"), 'false') <> 'true'
        ) / nullif(count_if(is_first), 0) as decimal(18, 4)) as gift_cards
    from export_rows
    group by "Name"
),

-- Of an order in several files the state that tells of the latest moment counts.
orders as (
    select
        export_rows.*,
        coalesce("Id", "Name") as order_id,
        try_cast("Subtotal" as decimal(18, 4)) - coalesce(gift_cards, 0) as goods,
        coalesce(try_cast("Taxes" as decimal(18, 4)), 0) as all_taxes,
        coalesce(try_cast("Shipping" as decimal(18, 4)), 0) as charged_shipping,
        try_cast("Total" as decimal(18, 4)) - try_cast("Subtotal" as decimal(18, 4)) - charged_shipping
        - coalesce(try_cast("Duties" as decimal(18, 4)), 0) as added,
        case when all_taxes <> 0 and added = 0 then true when all_taxes <> 0 and added = all_taxes then false end
            as has_tax_inside,
        lines_value - try_cast("Subtotal" as decimal(18, 4)) as lessened_by
    from export_rows
    left join lines_of_orders on export_rows."Name" = lines_of_orders.order_name
    where is_first
    qualify order_id is null or row_number() over (
        partition by order_id
        order by
            greatest(
                try_strptime("Paid at", '%Y-%m-%d %H:%M:%S %z'),
                try_strptime("Fulfilled at", '%Y-%m-%d %H:%M:%S %z'),
                try_strptime("Cancelled at", '%Y-%m-%d %H:%M:%S %z')
            ) desc nulls last,
            "Financial Status" in ('pending', 'authorized') asc,
            try_cast("Refunded Amount" as decimal(18, 4)) desc nulls last,
            "Total" asc,
            "Subtotal" asc
    ) = 1
),

-- An order that shows neither is like most others.
taxed as (
    select
        *,
        coalesce(has_tax_inside, avg(cast(has_tax_inside as integer)) over () > 0.5, false) as is_tax_inside,
        {% if var('shopify_shipping_is_taxed') -%}
            coalesce(cast(round(all_taxes * goods / nullif(goods + charged_shipping, 0), 2) as decimal(18, 4)), 0)
        {%- else -%}
            all_taxes
        {%- endif %} as tax_of_goods
    from orders
)

select
    *,
    goods - case when is_tax_inside then tax_of_goods else 0 end as net_goods,
    goods + case when is_tax_inside then 0 else tax_of_goods end as gross_goods,
    try_cast("Shipping" as decimal(18, 4)) - case when is_tax_inside then all_taxes - tax_of_goods else 0 end as net_shipping
from taxed
