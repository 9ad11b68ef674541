with item_days as (
    select *
    from {{ ref('int_customer_item_days') }}
    where
        category is not null and activity_on <= {{ as_of_date() }}
        and views + contents + carts + purchases > 0
),

weights as (
    select
        max(case when interaction = 'view' then weight end) as view_weight,
        max(case when interaction = 'content' then weight end) as content_weight,
        max(case when interaction = 'cart' then weight end) as cart_weight,
        max(case when interaction = 'purchase' then weight end) as purchase_weight
    from {{ ref('affinity_weights') }}
),

days as (
    select distinct activity_on from {{ ref('int_customer_item_days') }} where activity_on <= {{ as_of_date() }}
),

-- Once per day, not per row.
decays as (
    select
        activity_on,
        {{ decay(days_between('activity_on', as_of_date()), 90) }} as decay
    from days
)

select
    item_days.customer_id,
    item_days.category,
    {{ rounded(
        'sum((item_days.views * weights.view_weight + item_days.contents * weights.content_weight '
        ~ '+ item_days.carts * weights.cart_weight + item_days.purchases * weights.purchase_weight) * decays.decay)', 6
    ) }} as affinity_points,
    cast(sum(item_days.purchases) as bigint) as purchases
from item_days
inner join decays on item_days.activity_on = decays.activity_on
cross join weights
group by item_days.customer_id, item_days.category
