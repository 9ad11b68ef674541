{{ config(tags=['rules']) }}
-- A value that cannot be read would make the clause pass for nobody, without a word.
with traits as (
    {{ trait_rows() }}
    union all
    select trait, type from {{ ref('traits') }}
),

clauses as (
    select
        rules.*,
        traits.trait_type,
        row_traits.trait is not null as is_share,
        {{ number_at('rules.value', 1) }} as number_from,
        {{ number_at('rules.value', 2) }} as number_to,
        position('..' in rules.value) > 0 as is_range
    from {{ ref('segment_clauses') }} as rules
    inner join traits on rules.trait = traits.trait
    left join {{ ref('traits') }} as row_traits on rules.trait = row_traits.trait and row_traits.measure = 'share'
),

judged as (
    select
        *,
        case
            when operator in ('is_known', 'is_unknown')
                then case when value <> '-' then 'the value must be -' end
            when operator = 'between'
                then
                    case
                        when not is_range or number_from is null or number_to is null then 'the value must be a..b'
                        when number_from > number_to then 'the range ends before it begins'
                    end
            -- Operators that are none, and those for texts, are named by another test.
            when trait_type = 'number' and operator in ('equals', 'not_equals', 'above', 'at_least', 'below', 'at_most')
                then
                    case
                        when is_range or number_from is null then 'the value must be a number'
                        when is_share and number_from > 1 then 'a share is from 0 to 1: 40 % is 0.4'
                    end
            when trait_type = 'boolean'
                then case when value not in ('true', 'false') then 'the value must be true or false' end
            when operator in ('in', 'not_in')
                then
                    case
                        when position('||' in '|' || value || '|') > 0 then 'the list has an empty entry'
                        when value like '%| %' or value like '% |%' or value <> {{ to_text('value') }}
                            then 'an entry of the list has a blank at its end'
                    end
            when value <> {{ to_text('value') }} then 'the value has a blank at its end'
            when position('|' in value) > 0 then 'a list needs in or not_in'
        end as problem
    from clauses
)

select
    'segment_clauses' as rule_table,
    segment_key,
    version,
    clause_group,
    trait,
    operator,
    value,
    problem
from judged
where problem is not null
