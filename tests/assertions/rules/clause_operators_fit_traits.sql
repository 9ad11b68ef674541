{{ config(tags=['rules']) }}
with traits as (
    {{ trait_rows() }}
),

operators as (
    {%- for trait_type, operators in {
        'number': [
            'equals', 'not_equals', 'above', 'at_least', 'below', 'at_most', 'between', 'is_known', 'is_unknown',
        ],
        'text': ['equals', 'not_equals', 'in', 'not_in', 'is_known', 'is_unknown'],
        'boolean': ['equals', 'is_known', 'is_unknown'],
    }.items() %}
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
    'the operator does not fit a trait of type ' || traits.trait_type as problem
from {{ ref('segment_clauses') }} as clauses
inner join traits on clauses.trait = traits.trait
left join operators
    on traits.trait_type = operators.trait_type and clauses.operator = operators.operator
where operators.operator is null
