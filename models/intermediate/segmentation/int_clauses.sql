with segments as (
    select *
    from {{ ref('segments') }}
    where segment_kind = 'behaviour' and status = 'active' and {{ is_valid_as_of() }}
),

clauses as (
    select
        *,
        {{ number_at('value', 1) }} as number_from,
        {{ number_at('value', 2) }} as number_to
    from {{ ref('segment_clauses') }}
),

row_traits as (
    select * from {{ ref('int_row_traits') }}
),

unknown_traits as (
    select distinct trait from {{ ref('int_trait_needs') }} where not is_met
),

-- A customer of whom nothing is known has the default of a row trait, and is in no row of it.
judged as (
    select
        clauses.*,
        row_traits.trait is not null as is_of_row_trait,
        case when unknown_traits.trait is null then row_traits.default_number end as default_number,
        case when unknown_traits.trait is null then row_traits.default_text end as default_text,
        unknown_traits.trait as unknown_trait,
        row_traits.trait is not null
        and {{ is_passed('row_traits.default_number', 'row_traits.default_text') }} as is_passed_by_default
    from clauses
    left join row_traits on clauses.trait = row_traits.trait
    left join unknown_traits on clauses.trait = unknown_traits.trait
)

select
    judged.segment_key,
    judged.version as rule_version,
    judged.clause_group,
    judged.trait,
    judged.operator,
    judged.value,
    judged.number_from,
    judged.number_to,
    judged.is_of_row_trait,
    judged.default_number,
    judged.default_text,
    judged.is_passed_by_default,
    count(case when not judged.is_passed_by_default then 1 end)
        over (partition by judged.segment_key, judged.version, judged.clause_group) as clauses_to_pass,
    count(judged.unknown_trait) over (partition by judged.segment_key, judged.version, judged.clause_group) = 0 as is_computable
from judged
inner join segments
    on judged.segment_key = segments.segment_key and judged.version = segments.version
