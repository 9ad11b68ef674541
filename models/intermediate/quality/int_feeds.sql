with columns_brought as (
    select * from {{ ref('int_column_quality') }} where metric = 'null_share'
),

feeds as (
    select
        table_name as feed,
        table_name,
        max(total_rows) > 0 as is_there
    from columns_brought
    group by table_name
    union all
    select table_name || '.' || subject, table_name, affected_rows < total_rows
    from columns_brought
),

-- The category of a line or an event is its own, else that of its product.
by_product as (
    select products.table_name || '.category' as feed
    from feeds as products
    where
        products.feed in ('order_items.product_id', 'events.product_id') and products.is_there
        and (select is_there from feeds where feed = 'products.category')
)

select
    feeds.feed,
    feeds.is_there or by_product.feed is not null as is_there,
    case
        when not tables.is_there then feeds.table_name
        when feeds.feed in ('order_items.category', 'events.category') then feeds.feed || ' or products.category'
        else feeds.feed
    end as to_bring
from feeds
inner join feeds as tables on feeds.table_name = tables.feed
left join by_product on feeds.feed = by_product.feed
