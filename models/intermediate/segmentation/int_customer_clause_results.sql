{{ config(materialized='view') }}

with customers as (
    select * from {{ ref('int_customer_traits') }}
),

clauses as (
    select * from {{ ref('int_clauses') }}
),

results as (
    {{ clause_results('customers', 'clauses', traits()) }}
)

select
    customer_id,
    segment_key,
    rule_version,
    clause_group,
    trait,
    operator,
    value,
    number_from,
    number_to,
    clauses_in_group,
    number_value,
    text_value,
    is_passed
from results
