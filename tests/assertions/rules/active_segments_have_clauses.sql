{{ config(tags=['rules']) }}
-- A behavioural segment without clauses would be empty for ever, or hold everyone.
select
    'segments' as rule_table,
    catalogue.segment_key,
    catalogue.version,
    'segment_clauses has no row for this version' as problem
from {{ ref('segments') }} as catalogue
left join {{ ref('segment_clauses') }} as clauses
    on catalogue.segment_key = clauses.segment_key and catalogue.version = clauses.version
where catalogue.segment_kind = 'behaviour' and catalogue.status = 'active' and clauses.segment_key is null
