{{ config(tags=['rules']) }}
select
    'segment_clauses' as rule_table,
    clauses.segment_key,
    clauses.version,
    clauses.clause_group,
    clauses.trait,
    'segments has no behavioural segment of this key and version' as problem
from {{ ref('segment_clauses') }} as clauses
left join {{ ref('segments') }} as catalogue
    on clauses.segment_key = catalogue.segment_key
        and clauses.version = catalogue.version
        and catalogue.segment_kind = 'behaviour'
where catalogue.segment_key is null
