with purchases as (
    select * from {{ ref('int_customer_purchases') }}
),

consumables as (
    select * from {{ ref('stg_products') }} where is_consumable
),

-- Each unit lasts its days. A quantity of zero or below says nothing, and is one unit. No supply lasts for a hundred years.
purchase_days as (
    select
        purchases.customer_id,
        purchases.product_id,
        purchases.ordered_on,
        least(
            36500,
            round(
                sum(case when purchases.units > 0 then purchases.units else 1 end)
                * coalesce(max(consumables.replenish_days), {{ whole_number('default_replenish_days') }})
            )
        ) as days_supplied,
        row_number() over (
            partition by purchases.customer_id, purchases.product_id
            order by purchases.ordered_on desc
        ) as recency_rank
    from purchases
    inner join consumables on purchases.product_id = consumables.product_id
    group by purchases.customer_id, purchases.product_id, purchases.ordered_on
),

last_purchases as (
    select
        customer_id,
        product_id,
        {{ days_between('ordered_on', as_of_date()) }} - cast(days_supplied as bigint) as days_past_replenishment
    from purchase_days
    where recency_rank = 1
),

nearest as (
    select
        customer_id,
        min(case when days_past_replenishment >= 0 then days_past_replenishment end) as days_past,
        max(case when days_past_replenishment < 0 then days_past_replenishment end) as days_ahead
    from last_purchases
    group by customer_id
)

-- The product nearest to its due day speaks for the customer; of two as near the one that is due.
select
    customer_id,
    case when days_ahead is null or days_past <= -days_ahead then days_past else days_ahead end as days_past_replenishment
from nearest
