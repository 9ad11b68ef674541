{{ config(tags=['rules']) }}
with traits as (
    {{ trait_rows() }}
)

select
    'segment_clauses' as rule_table,
    clauses.segment_key,
    clauses.version,
    clauses.clause_group,
    clauses.trait,
    'there is no such trait' as problem
from {{ ref('segment_clauses') }} as clauses
left join traits on clauses.trait = traits.trait
where traits.trait is null
