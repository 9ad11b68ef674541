with targets as (
    select * from {{ ref('int_row_trait_targets') }} where counted_in = 'order_line'
),

scopes as (
    select distinct scope from targets
),

scoped as {{ inlined() }} (
    select
        purchases.*,
        {{ days_between('purchases.ordered_on', as_of_date()) }} as age,
        scopes.scope,
        case scopes.scope
            when 'any' then 'any'
            when 'category' then purchases.category
            when 'product' then purchases.product_id
        end as scope_value
    from {{ ref('int_customer_purchases') }} as purchases
    cross join scopes
),

hits as {{ inlined() }} (
    select
        scoped.*,
        targets.target_id,
        targets.counts_days
    from scoped
    inner join targets
        on scoped.scope = targets.scope
            and scoped.scope_value = targets.scope_value
            and scoped.age between targets.from_days and targets.to_days
),

-- An order counts once, whatever lines it has; so does a day, whatever its orders.
orders as (
    select
        customer_id,
        target_id,
        age,
        sum(amount) as amount,
        sum(units) as units
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
    sum(units) as units
from orders
group by customer_id, target_id
