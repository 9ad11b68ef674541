{{ config(tags=['rules']) }}
select
    'event_taxonomy' as rule_table,
    taxonomy.source,
    taxonomy.source_event_name,
    'affinity_weights has no row ' || taxonomy.affinity_interaction as problem
from {{ ref('event_taxonomy') }} as taxonomy
left join {{ ref('affinity_weights') }} as weights on taxonomy.affinity_interaction = weights.interaction
where taxonomy.affinity_interaction <> 'none' and weights.interaction is null
