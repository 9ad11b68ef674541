{{ config(materialized='view') }}

with customers as (
    select * from {{ ref('int_customer_traits') }}
),

clauses as (
    select * from {{ ref('int_clauses') }} where not is_of_row_trait
),

results as (
    {{ clause_results('customers', 'clauses', traits() | rejectattr('row_default') | list) }}
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
    is_passed
from results
