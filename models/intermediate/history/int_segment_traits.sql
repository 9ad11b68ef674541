select segment_key, trait from {{ ref('int_clauses') }}
union
select segment_key, trait from {{ ref('stg_history_clauses') }}
union
select
    segment_key,
    {{ trait_of_kind('segment_kind') }}
from {{ ref('int_segments') }}
where segment_kind <> 'behaviour'
