{{ config(alias='segment_clauses') }}

with clauses as (
    select * from {{ ref('int_clauses') }}
)

select
    segment_key,
    {{ as_of_date() }} as as_of_date,
    rule_version,
    clause_group,
    trait,
    operator,
    value,
    number_from,
    number_to,
    default_number,
    default_text,
    is_computable
from clauses
