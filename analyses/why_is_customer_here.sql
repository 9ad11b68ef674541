{{ config(group='spine') }}

-- Why is a customer in a behavioural segment, or not? Every clause with the customer's value, whether it holds, and how far a
-- number is from flipping it. Clauses of one group must all hold, any one group is enough. Any id of a merged customer will do.
-- dbt show cuts texts at 20 characters; with --output json they are whole. From the project's folder:
-- SPINE_DB=shop.duckdb .venv/bin/dbt show --profiles-dir . --target published --limit 50 --select why_is_customer_here \
--     --vars '{customer_id: c0000274, segment_key: service_recovery}'
with customers as (
    select customers.*
    from {{ ref('customers') }} as customers
    inner join {{ ref('customer_ids') }} as customer_ids on customers.customer_id = customer_ids.customer_id
    where customer_ids.source_customer_id = '{{ quoted_var("customer_id") }}'
),

segments as (
    select *
    from {{ ref('segment_catalogue') }}
    where segment_key = '{{ quoted_var("segment_key") }}'
),

clauses as (
    select *
    from {{ ref('clause_catalogue') }}
    where segment_key = '{{ quoted_var("segment_key") }}'
),

-- A trait is a column of customers, or a row of customer_traits, without which it has its default.
values_of_clauses as (
    select
        clauses.*,
        coalesce({{ trait_of_clause(traits(), ['number']) }}, row_values.number_value, clauses.default_number) as number_value,
        coalesce({{ trait_of_clause(traits(), ['text', 'boolean']) }}, row_values.text_value, clauses.default_text)
            as text_value
    from customers
    cross join clauses
    left join {{ ref('customer_traits') }} as row_values
        on customers.customer_id = row_values.customer_id and clauses.trait = row_values.trait
),

results as (
    select
        *,
        {{ is_passed() }} as is_passed
    from values_of_clauses
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
select cast(null as integer), '{{ "no such customer" if var("customer_id", "") else "give customer_id" }}', '', '', null, null
from customers
having count(*) = 0
union all
select cast(null as integer), '{{ "no such segment" if var("segment_key", "") else "give segment_key" }}', '', '', null, null
from segments
having count(*) = 0
union all
-- Only behavioural segments have clauses.
select
    cast(null as integer),
    case when status = 'draft' then 'is a draft: see spine segments --draft' else 'has no clauses' end,
    '',
    '',
    null,
    null
from segments
where segment_key not in (select segment_key from clauses)
order by grp, trait
