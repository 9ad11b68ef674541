{{ config(group='spine') }}

-- Why is a customer in a behavioural segment, or not? Every clause with the customer's value, the threshold, and how far a
-- number is from flipping it. From the project's folder, after a build into shop.duckdb:
-- SPINE_DB=shop.duckdb .venv/bin/dbt show --profiles-dir . --select why_is_customer_here \
--     --vars '{customer_id: c0000274, segment_key: service_recovery}'
select
    clause_group as grp,
    trait,
    operator as op,
    value as threshold,
    coalesce(cast(cast(number_value as double) as {{ dbt.type_string() }}), text_value) as customer_value,
    is_passed as passed,
    cast(
        case
            when operator = 'between' then least(abs(number_value - number_from), abs(number_value - number_to))
            else abs(number_value - number_from)
        end as double
    ) as distance
from {{ ref('int_customer_clause_results') }}
where
    customer_id = '{{ quoted_var("customer_id") }}'
    and segment_key = '{{ quoted_var("segment_key") }}'
order by clause_group, trait
