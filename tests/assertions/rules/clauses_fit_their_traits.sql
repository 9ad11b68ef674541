{{ config(tags=['rules']) }}
{%- set fitting = {
    'number': ['equals', 'not_equals', 'above', 'at_least', 'below', 'at_most', 'between', 'is_known', 'is_unknown'],
    'text': ['equals', 'not_equals', 'in', 'not_in', 'is_known', 'is_unknown'],
    'boolean': ['equals', 'is_known', 'is_unknown'],
} %}
with traits as (
    {{ trait_rows() }}
    union all
    select trait, type from {{ ref('traits') }}
),

-- What may have been meant: names that differ in a few letters.
meant as (
    select
        clauses.trait,
        traits.trait as similar_trait,
        row_number() over (
            partition by clauses.trait order by levenshtein(clauses.trait, traits.trait), traits.trait
        ) as similarity_rank
    from (select distinct trait from {{ ref('segment_clauses') }}) as clauses
    inner join traits on levenshtein(clauses.trait, traits.trait) <= 3
),

operators as (
    {%- for trait_type, operators in fitting.items() %}
    {%- for operator in operators %}
    select '{{ trait_type }}' as trait_type, '{{ operator }}' as operator
    union all
    {%- endfor %}
    {%- endfor %}
    select '', '' where false
)

select
    'segment_clauses' as rule_table,
    clauses.segment_key,
    clauses.version,
    clauses.clause_group,
    clauses.trait,
    clauses.operator,
    case coalesce(traits.trait_type, 'none')
        when 'none'
            then
                'there is no such trait; '
                || coalesce('did you mean ' || meant.similar_trait || '?', 'marts.traits has all; traits.csv takes more')
        {%- for trait_type, operators in fitting.items() %}
        when '{{ trait_type }}'
            then 'the operator does not fit a trait of type {{ trait_type }}; those that do: {{ operators | join(', ') }}'
        {%- endfor %}
    end as problem
from {{ ref('segment_clauses') }} as clauses
left join traits on clauses.trait = traits.trait
left join meant on clauses.trait = meant.trait and meant.similarity_rank = 1
left join operators
    on traits.trait_type = operators.trait_type and clauses.operator = operators.operator
where operators.operator is null
