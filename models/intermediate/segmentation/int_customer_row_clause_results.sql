{{ config(materialized='view') }}

with row_values as (
    select * from {{ ref('int_customer_row_traits') }}
),

clauses as (
    select * from {{ ref('int_clauses') }} where is_of_row_trait and is_computable
)

select
    row_values.customer_id,
    clauses.segment_key,
    clauses.rule_version,
    clauses.clause_group,
    clauses.clauses_to_pass,
    clauses.trait,
    clauses.operator,
    clauses.value,
    row_values.number_value,
    row_values.text_value,
    {{ is_passed('row_values.number_value', 'row_values.text_value') }} as is_passed,
    clauses.is_passed_by_default
from row_values
inner join clauses on row_values.trait = clauses.trait
