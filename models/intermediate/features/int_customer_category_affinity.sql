with item_days as (
    select *
    from {{ ref('int_customer_item_days') }}
    where category is not null and activity_on <= {{ as_of_date() }}
),

weights as (
    select * from {{ ref('affinity_weights') }}
),

interactions as (
    {% for interaction, count_name in [
        ('view', 'views'), ('content', 'contents'), ('cart', 'carts'), ('purchase', 'purchases')
    ] %}
    select
        customer_id,
        category,
        activity_on,
        '{{ interaction }}' as interaction,
        {{ count_name }} as interactions
    from item_days
    where {{ count_name }} > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    interactions.customer_id,
    interactions.category,
    {{ rounded(
        'sum(cast(interactions.interactions as decimal(38, 0)) * weights.weight * '
        ~ decay(days_between('interactions.activity_on', as_of_date()), 90) ~ ')', 6
    ) }} as affinity_points,
    cast(
        sum(case when interactions.interaction = 'purchase' then interactions.interactions else 0 end) as bigint
    ) as purchases
from interactions
inner join weights on interactions.interaction = weights.interaction
group by interactions.customer_id, interactions.category
