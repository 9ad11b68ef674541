{{ config(tags=['rules']) }}
-- Each kind of interaction has a weight, and the taxonomy names no other kind.
with weights as (
    select * from {{ ref('affinity_weights') }}
),

known as (
    select 'view' as interaction union all select 'content' union all select 'cart' union all select 'purchase'
),

faults as (
    select 'affinity_weights' as rule_table, weights.interaction, 'there is no such interaction' as problem
    from weights
    left join known on weights.interaction = known.interaction
    where known.interaction is null
    union all
    select 'affinity_weights', known.interaction, 'the interaction has no row'
    from known
    left join weights on known.interaction = weights.interaction
    where weights.interaction is null
    union all
    select 'affinity_weights', interaction, 'the weight is below 0' from weights where weight < 0
    union all
    select distinct 'event_taxonomy', taxonomy.affinity_interaction, 'affinity_weights has no such row'
    from {{ ref('event_taxonomy') }} as taxonomy
    left join weights on taxonomy.affinity_interaction = weights.interaction
    where taxonomy.affinity_interaction <> 'none' and weights.interaction is null
)

select
    rule_table,
    interaction,
    problem
from faults
