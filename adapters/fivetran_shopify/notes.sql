with orders as (
    select * from {{ source('fivetran_shopify', 'order') }}
),

order_lines as (
    select distinct
        order_lines.order_id,
        tax_lines.order_line_id is not null as has_tax
    from {{ source('fivetran_shopify', 'order_line') }} as order_lines
    left join {{ source('fivetran_shopify', 'tax_line') }} as tax_lines on order_lines.id = tax_lines.order_line_id
),

refunds as (
    select * from {{ source('fivetran_shopify', 'refund') }}
),

parts_of_refunds as (
    select refund_id from {{ source('fivetran_shopify', 'order_line_refund') }}
    union all
    select refund_id from {{ source('fivetran_shopify', 'order_adjustment') }}
),

counts as (
    select
        count(*) as orders,
        sum(case when cast(taxes_included as boolean) then 1 else 0 end) as with_tax_in_prices,
        sum(
            case
                when
                    cast(taxes_included as boolean)
                    and cast(total_tax as decimal(18, 4)) <> 0
                    and id not in (select order_id from order_lines where has_tax and order_id is not null)
                    then 1
                else 0
            end
        ) as without_tax_lines,
        sum(case when presentment_currency <> currency then 1 else 0 end) as paid_in_another,
        sum(case when cast(_fivetran_deleted as boolean) then 1 else 0 end) as deleted
    from orders
),

counts_of_refunds as (
    select
        count(*) as refunds,
        sum(
            case when id in (select refund_id from parts_of_refunds where refund_id is not null) then 0 else 1 end
        ) as without_parts
    from refunds
)

select
    'prices include tax in ' || with_tax_in_prices || ' of ' || orders
    || ' orders (taxes_included); their tax is taken out.' as note
from counts
where with_tax_in_prices > 0
union all
select
    without_tax_lines
    || ' of them have no rows in tax_line; their tax is parted between merchandise and shipping by price.'
from counts
where without_tax_lines > 0
union all
select paid_in_another || ' orders were paid in another currency than the shop''s; the shop''s amounts are taken.'
from counts
where paid_in_another > 0
union all
select deleted || ' orders are deleted at the source (_fivetran_deleted) and left out.'
from counts
where deleted > 0
union all
select
    without_parts || ' of ' || refunds || ' refunds have no rows in order_line_refund and order_adjustment, and are 0: '
    || 'duties or shipping alone, or a table that was not brought.'
from counts_of_refunds
where without_parts > 0
