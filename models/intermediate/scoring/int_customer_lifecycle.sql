with customers as (
    select * from {{ ref('int_customers') }}
),

orders as (
    select * from {{ ref('int_customer_orders_windowed') }}
),

gaps as (
    select
        customer_id,
        gap_days,
        {{ days_between('ordered_on', as_of_date()) }} as days_since_gap
    from {{ ref('int_customer_order_gaps') }}
),

unmet_needs as (
    select * from {{ ref('int_trait_needs') }} where trait = 'lifecycle_stage' and not is_met
),

stages as (
    select * from {{ ref('lifecycle_stages') }} where {{ is_valid_as_of() }}
),

spine as (
    select
        customers.customer_id,
        coalesce(orders.orders_life, 0) as orders_life,
        orders.first_ordered_on,
        orders.last_ordered_on,
        {{ days_between('orders.first_ordered_on', as_of_date()) }} as days_since_first_order,
        {{ days_between('orders.last_ordered_on', as_of_date()) }} as days_since_last_order
    from customers
    left join orders on customers.customer_id = orders.customer_id
),

-- Of several gaps the one that was ended last keeps the customer in the stage for longest.
ended_gaps as (
    select
        gaps.customer_id,
        stages.priority,
        gaps.gap_days,
        gaps.days_since_gap,
        row_number() over (partition by gaps.customer_id, stages.priority order by gaps.days_since_gap) as gap_rank
    from gaps
    inner join stages
        on stages.min_gap_days > 0
            and gaps.gap_days between stages.min_gap_days and stages.max_gap_days
            and gaps.days_since_gap between stages.min_days_since_gap and stages.max_days_since_gap
),

-- A customer without orders has no days to judge: only the count of orders decides.
matched as (
    select
        spine.customer_id,
        min(stages.priority) as priority
    from spine
    inner join stages
        on spine.orders_life between stages.min_orders and stages.max_orders
            and coalesce(
                spine.days_since_last_order between stages.min_days_since_last_order and stages.max_days_since_last_order,
                true
            )
            and coalesce(
                spine.days_since_first_order between stages.min_days_since_first_order and stages.max_days_since_first_order,
                true
            )
    left join ended_gaps
        on spine.customer_id = ended_gaps.customer_id and stages.priority = ended_gaps.priority and ended_gaps.gap_rank = 1
    where stages.min_gap_days = 0 or ended_gaps.customer_id is not null
    group by spine.customer_id
)

select
    spine.customer_id,
    stages.lifecycle_stage,
    spine.first_ordered_on,
    spine.last_ordered_on,
    spine.days_since_first_order,
    spine.days_since_last_order,
    ended_gaps.gap_days,
    ended_gaps.days_since_gap,
    stages.is_churned,
    stages.version as rule_version
from spine
left join matched on spine.customer_id = matched.customer_id
left join stages on matched.priority = stages.priority
left join ended_gaps
    on matched.customer_id = ended_gaps.customer_id and matched.priority = ended_gaps.priority and ended_gaps.gap_rank = 1
where not exists (select 1 from unmet_needs)
