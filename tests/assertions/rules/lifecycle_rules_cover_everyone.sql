{{ config(tags=['rules']) }}
-- Whatever a customer's orders and days, a row matches; even for one who never had a gap. Judged where ranges begin and end.
with rules as (
    select * from {{ ref('lifecycle_stages') }} where {{ is_valid_as_of() }} and min_gap_days = 0
),

days as (
    select 0 as days
    union select 99999
    union select min_days_since_last_order from rules
    union select max_days_since_last_order + 1 from rules
    union select min_days_since_first_order from rules
    union select max_days_since_first_order + 1 from rules
),

order_counts as (
    select 1 as orders
    union select 999999
    union select min_orders from rules
    union select max_orders + 1 from rules
),

customers as (
    select
        order_counts.orders,
        last_order.days as days_since_last_order,
        first_order.days as days_since_first_order
    from order_counts
    cross join days as last_order
    cross join days as first_order
    where order_counts.orders between 1 and 999999
        and last_order.days between 0 and first_order.days
        and first_order.days <= 99999
    union all
    select 0, cast(null as integer), cast(null as integer)
)

select
    'lifecycle_stages' as rule_table,
    customers.orders,
    customers.days_since_last_order,
    customers.days_since_first_order,
    'no row holds a customer like this' as problem
from customers
left join rules
    on customers.orders between rules.min_orders and rules.max_orders
        and coalesce(
            customers.days_since_last_order between rules.min_days_since_last_order and rules.max_days_since_last_order,
            true
        )
        and coalesce(
            customers.days_since_first_order between rules.min_days_since_first_order and rules.max_days_since_first_order,
            true
        )
where rules.priority is null
