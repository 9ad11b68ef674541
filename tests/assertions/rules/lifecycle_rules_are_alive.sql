{{ config(tags=['rules']) }}
-- Each row of the day is the first match of some customer. Judged where ranges begin and end; rows that ask for a gap are
-- passed over by a customer who has had none.
with rules as (
    select * from {{ ref('lifecycle_stages') }} where {{ is_valid_as_of() }}
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
    select min_orders as orders from rules
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
    where last_order.days <= first_order.days
),

first_matches as (
    select distinct rules.priority
    from rules
    inner join customers
        on customers.orders between rules.min_orders and rules.max_orders
            and customers.days_since_last_order
            between rules.min_days_since_last_order and rules.max_days_since_last_order
            and customers.days_since_first_order
            between rules.min_days_since_first_order and rules.max_days_since_first_order
    left join rules as earlier_rules
        on earlier_rules.priority < rules.priority
            and earlier_rules.min_gap_days = 0
            and customers.orders between earlier_rules.min_orders and earlier_rules.max_orders
            and customers.days_since_last_order
            between earlier_rules.min_days_since_last_order and earlier_rules.max_days_since_last_order
            and customers.days_since_first_order
            between earlier_rules.min_days_since_first_order and earlier_rules.max_days_since_first_order
    where earlier_rules.priority is null
)

select
    'lifecycle_stages' as rule_table,
    rules.priority,
    rules.lifecycle_stage,
    'rows before this one hold all of its customers' as problem
from rules
left join first_matches on rules.priority = first_matches.priority
where first_matches.priority is null
