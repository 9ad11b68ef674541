with segments as (
    select * from {{ ref('segments') }}
),

needs as (
    select * from {{ ref('int_trait_needs') }}
),

-- The version of the day; a segment that is not valid on the day shows its newest version, as not in use.
ranked as (
    select
        *,
        {{ is_valid_as_of() }} as is_valid,
        row_number() over (
            partition by segment_key
            order by case when {{ is_valid_as_of() }} then 0 else 1 end, version desc
        ) as version_rank
    from segments
),

-- Each group of clauses is a way into a segment. Cells, stages and tiers have one, the trait that they are the values of.
ways as (
    select segment_key, clause_group, trait from {{ ref('int_clauses') }}
    union all
    select
        segment_key,
        1,
        {{ trait_of_kind('segment_kind') }}
    from ranked
    where segment_kind <> 'behaviour' and version_rank = 1
),

lacks_of_ways as (
    select distinct
        ways.segment_key,
        ways.clause_group,
        needs.to_bring
    from ways
    left join needs on ways.trait = needs.trait and not needs.is_met
),

-- The way that lacks least says what to bring.
lacks as (
    select
        segment_key,
        {{ joined_text('to_bring') }} as lacks,
        count(to_bring) as count_lacks,
        row_number() over (partition by segment_key order by count(to_bring), clause_group) as way_rank
    from lacks_of_ways
    group by segment_key, clause_group
)

select
    ranked.segment_key,
    ranked.segment_kind,
    case
        when ranked.segment_kind = 'behaviour' then ranked.segment_key
        else substring(ranked.segment_key, length(ranked.segment_kind) + 2)
    end as segment_name,
    ranked.label,
    ranked.description,
    ranked.owner,
    ranked.approver,
    case
        when not ranked.is_valid then 'not_valid'
        when ranked.status = 'active' and lacks.count_lacks > 0 then 'not_computable'
        else ranked.status
    end as status,
    case when ranked.is_valid and ranked.status = 'active' and lacks.count_lacks > 0 then lacks.lacks end as lacks,
    ranked.version,
    ranked.valid_from,
    ranked.valid_to,
    ranked.priority,
    ranked.journey,
    ranked.recommended_action,
    ranked.reentry_days
from ranked
left join lacks on ranked.segment_key = lacks.segment_key and lacks.way_rank = 1
where ranked.version_rank = 1
