with clauses as (
    select * from {{ ref('int_clauses') }}
),

before as (
    select * from {{ ref('stg_history_clauses') }}
),

row_traits as (
    select * from {{ ref('int_row_traits') }}
),

unknown_traits as (
    select distinct trait from {{ ref('int_trait_needs') }} where not is_met
),

premised as (
    select 'old_cut_points' as premise, segment_key, clause_group, trait, operator, value, number_from, number_to
    from clauses
    union all
    select 'old_rules', segment_key, clause_group, trait, operator, value, number_from, number_to
    from before
    union all
    select 'both', segment_key, clause_group, trait, operator, value, number_from, number_to
    from before
)

select
    premised.*,
    row_traits.default_number,
    row_traits.default_text,
    unknown_traits.trait is null as is_computable
from premised
left join row_traits on premised.trait = row_traits.trait
left join unknown_traits on premised.trait = unknown_traits.trait
