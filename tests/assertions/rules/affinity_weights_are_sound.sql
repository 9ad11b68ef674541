{{ config(tags=['rules']) }}
with known as (
    select 'view' as interaction union all select 'content' union all select 'cart' union all select 'purchase'
)

select
    'affinity_weights' as rule_table,
    coalesce(weights.interaction, known.interaction) as interaction,
    case
        when known.interaction is null then 'there is no such interaction'
        when weights.interaction is null then 'the interaction has no row'
        else 'the weight is below 0'
    end as problem
from {{ ref('affinity_weights') }} as weights
full outer join known on weights.interaction = known.interaction
where known.interaction is null or weights.interaction is null or weights.weight < 0
