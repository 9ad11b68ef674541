{{ config(tags=['rules']) }}
-- Each clause is of a behavioural segment, and each active one has clauses: without, it would be empty, or hold everyone.
with clauses as (
    select distinct segment_key, version from {{ ref('segment_clauses') }}
),

catalogue as (
    select * from {{ ref('segments') }} where segment_kind = 'behaviour'
)

select
    case when catalogue.segment_key is null then 'segment_clauses' else 'segments' end as rule_table,
    coalesce(catalogue.segment_key, clauses.segment_key) as segment_key,
    coalesce(catalogue.version, clauses.version) as version,
    case
        when catalogue.segment_key is null then 'segments has no behavioural segment of this key and version'
        else 'segment_clauses has no row for this version'
    end as problem
from clauses
full outer join catalogue
    on clauses.segment_key = catalogue.segment_key and clauses.version = catalogue.version
where catalogue.segment_key is null or (clauses.segment_key is null and catalogue.status = 'active')
