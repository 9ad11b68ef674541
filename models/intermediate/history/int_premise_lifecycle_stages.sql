{%- set bounds = [
    ('orders_life', 'orders'), ('days_since_last_order', 'last'), ('days_since_first_order', 'first'), ('gap_days', 'gap'),
    ('days_since_gap', 'since_gap'),
] %}

with movers as (
    select * from {{ ref('int_movers') }}
),

stages as (
    select
        premise,
        priority,
        band,
        {%- for metric, name in bounds %}
        coalesce(max(case when metric = '{{ metric }}' then lowest_value end), 0) as least_{{ name }},
        coalesce(max(case when metric = '{{ metric }}' then highest_value end), {{ days_of_a_life() }}000) as most_{{ name }},
        {%- endfor %}
        count(case when metric = 'gap_days' then 1 end) > 0 as asks_for_gap
    from {{ ref('int_premise_cut_points') }}
    where rule_table = 'lifecycle_stages'
    group by premise, priority, band
),

spine as (
    select
        customers.customer_id,
        coalesce(orders.orders_life, 0) as orders_life,
        {{ days_between('orders.first_ordered_on', as_of_date()) }} as days_since_first_order,
        {{ days_between('orders.last_ordered_on', as_of_date()) }} as days_since_last_order
    from {{ ref('int_customers') }} as customers
    inner join movers on customers.customer_id = movers.customer_id
    left join {{ ref('int_customer_orders_windowed') }} as orders on customers.customer_id = orders.customer_id
),

gaps as (
    select
        gaps.customer_id,
        gaps.gap_days,
        {{ days_between('gaps.ordered_on', as_of_date()) }} as days_since_gap
    from {{ ref('int_customer_order_gaps') }} as gaps
    inner join movers on gaps.customer_id = movers.customer_id
),

matched as (
    select
        spine.customer_id,
        stages.premise,
        min(stages.priority) as priority
    from spine
    inner join stages
        on spine.orders_life between stages.least_orders and stages.most_orders
            and coalesce(spine.days_since_last_order between stages.least_last and stages.most_last, true)
            and coalesce(spine.days_since_first_order between stages.least_first and stages.most_first, true)
    left join gaps
        on spine.customer_id = gaps.customer_id
            and stages.asks_for_gap
            and gaps.gap_days between stages.least_gap and stages.most_gap
            and gaps.days_since_gap between stages.least_since_gap and stages.most_since_gap
    where not stages.asks_for_gap or gaps.customer_id is not null
    group by spine.customer_id, stages.premise
)

select
    matched.customer_id,
    matched.premise,
    stages.band as lifecycle_stage
from matched
inner join stages on matched.premise = stages.premise and matched.priority = stages.priority
