with item_days as (
    select *
    from {{ ref('int_customer_item_days') }}
    where purchases > 0 and activity_on <= {{ as_of_date() }}
),

consumables as (
    select * from {{ ref('stg_products') }} where is_consumable
),

last_purchases as (
    select
        item_days.customer_id,
        item_days.product_id,
        {{ days_between('max(item_days.activity_on)', as_of_date()) }}
        - coalesce(max(consumables.replenish_days), {{ whole_number('default_replenish_days') }}) as days_past_replenishment
    from item_days
    inner join consumables on item_days.product_id = consumables.product_id
    group by item_days.customer_id, item_days.product_id
),

-- The product nearest to its due day speaks for the customer.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by abs(days_past_replenishment) asc, days_past_replenishment desc, product_id asc
        ) as nearness
    from last_purchases
)

select
    customer_id,
    days_past_replenishment
from ranked
where nearness = 1
