-- One row per clause of a behavioural segment, with what its trait means.
select
    clauses.segment_key,
    clauses.clause_group,
    clauses.operator,
    clauses.value,
    traits.trait,
    traits.trait_type,
    traits.unit,
    traits.description
from marts.segment_clauses as clauses
inner join marts.traits as traits on clauses.trait = traits.trait
order by clauses.segment_key, clauses.clause_group, traits.trait, clauses.operator, clauses.value
