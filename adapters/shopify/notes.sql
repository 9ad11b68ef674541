{% set gift_cards = var('shopify_gift_card_lines') | replace("'", "''") -%}
with orders as (
    select
        coalesce("Id", "Name") as order_id,
        lower("Financial Status") as financial_status,
        "Cancelled at" as cancelled_at,
        "Payment Method" as payment_method,
        coalesce(try_cast("Taxes" as decimal(18, 4)), 0) as taxes,
        coalesce(try_cast("Refunded Amount" as decimal(18, 4)), 0) as refunded,
        try_cast("Total" as decimal(18, 4)) - try_cast("Subtotal" as decimal(18, 4))
        - coalesce(try_cast("Shipping" as decimal(18, 4)), 0)
        - coalesce(try_cast("Duties" as decimal(18, 4)), 0) as added
    from {{ source('shopify', 'orders_export') }}
    where coalesce("Financial Status", "Currency", "Subtotal", "Total", "Id") is not null
),

counts as (
    select
        count(distinct order_id) filter (where taxes <> 0) as with_tax,
        count(distinct order_id) filter (where taxes <> 0 and added = 0) as tax_inside,
        count(distinct order_id) filter (where taxes <> 0 and added = taxes) as tax_on_top,
        count(distinct order_id) filter (where refunded <> 0 or financial_status = 'refunded') as refunded,
        count(distinct order_id) filter (
            where cancelled_at is not null and refunded = 0 and financial_status in ('paid', 'partially_paid')
        ) as kept,
        count(distinct order_id) filter (where payment_method ilike '%bogus%') as tests,
        count(*) - count(distinct order_id) as again
    from orders
),

gift_cards as (
    select count(*) as lines
    from {{ source('shopify', 'orders_export') }}
    where {{ gift_cards != '' }}
        and regexp_matches("Lineitem name", '(?i){{ gift_cards }}')
        and coalesce(lower("Lineitem taxable"), 'false') <> 'true'
)

select
    'prices include tax in ' || tax_inside || ' of the ' || with_tax || ' orders with tax '
    || '(Total = Subtotal + Shipping), exclude it in ' || tax_on_top || ' (Taxes are added)'
    || case
        when with_tax > tax_inside + tax_on_top
            then '; ' || with_tax - tax_inside - tax_on_top || ' show neither, and are read like most others'
        else ''
    end || '.' as note
from counts
where with_tax > 0
union all
select
    'the export has no date of refunds: those of ' || refunded
    || ' orders count on the day of the order; they are taken without tax and shipping '
    || '(var shopify_partial_refunds: {{ var('shopify_partial_refunds') }}).'
from counts
where refunded > 0
union all
select kept || ' cancelled orders are paid and not refunded; they do not count.'
from counts
where kept > 0
union all
select tests || ' orders were paid by the Bogus Gateway: they are tests, and do not count.'
from counts
where tests > 0
union all
select again || ' orders stand in more than one file; of each the state that tells of the latest moment counts.'
from counts
where again > 0
union all
select lines || ' lines sell gift cards: they are no revenue, and stay in the totals (var shopify_gift_card_lines).'
from gift_cards
where lines > 0
