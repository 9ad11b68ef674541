{{ config(materialized='view') }}
{%- set sql_traits = traits() | rejectattr('row_default') | list %}

with customers as (
    select * from {{ ref('int_customer_traits') }}
),

clauses as (
    select * from {{ ref('int_clauses') }} where not is_of_row_trait and is_computable
),

results as (
    select
        customers.customer_id,
        clauses.*,
        {{ trait_of_clause(sql_traits, ['number']) }} as number_value,
        {{ trait_of_clause(sql_traits, ['text', 'boolean']) }} as text_value
    from customers
    cross join clauses
)

select
    customer_id,
    segment_key,
    rule_version,
    clause_group,
    clauses_to_pass,
    trait,
    operator,
    value,
    number_value,
    text_value,
    {{ is_passed() }} as is_passed
from results
