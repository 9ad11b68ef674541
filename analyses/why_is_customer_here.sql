{{ config(group='spine') }}

-- Why is a customer in a behavioural segment, or not? Every clause with the customer's value, whether it holds, and how far a
-- number is from flipping it. Clauses of one group must all hold, any one group is enough. Texts are short: dbt show cuts them
-- at 20 characters. From the project's folder:
-- SPINE_DB=shop.duckdb .venv/bin/dbt show --profiles-dir . --limit 50 --select why_is_customer_here \
--     --vars '{customer_id: c0000274, segment_key: service_recovery}'
with customers as (
    select *
    from {{ ref('int_customers') }}
    where customer_id = '{{ quoted_var("customer_id") }}'
),

clauses as (
    select *
    from {{ ref('int_clauses') }}
    where segment_key = '{{ quoted_var("segment_key") }}'
),

results as (
    select *
    from {{ ref('int_customer_clause_results') }}
    where
        customer_id = '{{ quoted_var("customer_id") }}'
        and segment_key = '{{ quoted_var("segment_key") }}'
)

select
    clause_group as grp,
    trait,
    operator || ' ' || value as clause,
    coalesce(cast(cast(number_value as double) as {{ dbt.type_string() }}), text_value) as actual,
    is_passed as holds,
    cast(
        case
            when operator = 'between' then least(abs(number_value - number_from), abs(number_value - number_to))
            else abs(number_value - number_from)
        end as double
    ) as distance
from results
union all
select cast(null as integer), 'no such customer', null, null, null, null
from customers
having count(*) = 0
union all
select cast(null as integer), 'no such segment', null, null, null, null
from clauses
having count(*) = 0
order by grp, trait
