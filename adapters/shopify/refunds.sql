with orders as (
    select
        *,
        try_cast("Refunded Amount" as decimal(18, 4)) as given_back,
        try_cast("Total" as decimal(18, 4)) as order_total
    from {{ ref('_orders') }}
),

-- What lessens the revenue, which is without tax and shipping.
shares as (
    select
        *,
        case
            when "Financial Status" = 'refunded' or given_back >= order_total then net_goods
            when given_back is null then null
            when gross_goods = 0 then 0
            {% if var('shopify_partial_refunds') == 'like_total' -%}
                else round(net_goods * given_back / order_total, 2)
            {%- else -%}
                else round(net_goods * least(given_back, gross_goods) / gross_goods, 2)
            {%- endif %}
        end as net_refund
    from orders
)

select
    order_id || '-refund' as refund_id,
    order_id,
    "Created at" as refunded_at,
    coalesce(cast(net_refund as varchar), "Refunded Amount") as amount
from shares
where "Financial Status" = 'refunded' or given_back <> 0 or (given_back is null and "Refunded Amount" is not null)
