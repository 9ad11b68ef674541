with segments as (
    select *
    from {{ ref('segments') }}
    where segment_kind = 'behaviour' and status = 'active' and {{ is_valid_as_of() }}
),

clauses as (
    select * from {{ ref('segment_clauses') }}
)

select
    clauses.segment_key,
    clauses.version as rule_version,
    clauses.clause_group,
    clauses.trait,
    clauses.operator,
    clauses.value,
    {{ number_at('clauses.value', 1) }} as number_from,
    {{ number_at('clauses.value', 2) }} as number_to,
    count(*) over (partition by clauses.segment_key, clauses.version, clauses.clause_group) as clauses_in_group
from clauses
inner join segments
    on clauses.segment_key = segments.segment_key and clauses.version = segments.version
