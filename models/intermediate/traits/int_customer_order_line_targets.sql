with targets as (
    select * from {{ ref('int_row_trait_targets') }} where counted_in = 'order_line'
),

orders as (
    select * from {{ ref('int_orders_resolved') }} where is_completed and customer_id is not null
),

scopes as (
    select distinct scope from targets
),

lines as {{ inlined() }} (
    select
        order_items.order_id,
        scopes.scope,
        case scopes.scope
            when 'any' then 'any'
            when 'category' then coalesce(order_items.category, products.category)
            when 'product' then order_items.product_id
        end as scope_value,
        {{ in_bounds('coalesce(order_items.quantity, 1)') }} as quantity,
        {{ in_bounds('cast(coalesce(order_items.quantity, 1) as decimal(38, 4)) * cast(order_items.unit_price as decimal(38, 4))') }}
            as line_amount
    from {{ ref('stg_order_items') }} as order_items
    cross join scopes
    left join {{ ref('stg_products') }} as products on order_items.product_id = products.product_id
),

-- The lines in the scope of a trait are few; whose they are is asked of these.
hits as {{ inlined() }} (
    select
        orders.customer_id,
        targets.target_id,
        targets.counts_days,
        lines.order_id,
        {{ days_between('orders.ordered_on', as_of_date()) }} as age,
        lines.quantity,
        case
            when not {{ is_beyond_money('lines.line_amount', 'orders.exchange_rate') }}
                then {{ in_reporting_currency('lines.line_amount', 'orders.exchange_rate') }}
            else 0
        end as amount
    from lines
    inner join targets on lines.scope = targets.scope and lines.scope_value = targets.scope_value
    inner join orders
        on lines.order_id = orders.order_id
            and {{ days_between('orders.ordered_on', as_of_date()) }} between targets.from_days and targets.to_days
),

-- An order counts once, whatever lines it has; so does a day, whatever its orders.
units as (
    select
        customer_id,
        target_id,
        age,
        sum(amount) as amount,
        sum(quantity) as quantity
    from hits
    group by customer_id, target_id, age, case when not counts_days then order_id end
)

select
    customer_id,
    target_id,
    count(*) as occurrences,
    min(age) as last_age,
    max(age) as first_age,
    sum(amount) as amount,
    sum(quantity) as quantity
from units
group by customer_id, target_id
