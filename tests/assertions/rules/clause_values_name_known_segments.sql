{{ config(tags=['rules']) }}
-- A clause on an RFM segment, stage or tier names those that there are: vipp would match nobody, without a word.
with names as (
    {%- for table, column in [
        ('rfm_segments', 'rfm_segment'), ('lifecycle_stages', 'lifecycle_stage'),
        ('value_tiers', 'value_tier'), ('engagement_tiers', 'engagement_tier'),
    ] %}
    select distinct '{{ column }}' as trait, {{ column }} as name from {{ ref(table) }}
    union all
    {%- endfor %}
    select 'rfm_segment', 'unscored'
),

clauses as (
    select
        *,
        length(value) - length(replace(value, '|', '')) + 1 as count_values
    from {{ ref('segment_clauses') }}
    where trait in ('rfm_segment', 'lifecycle_stage', 'value_tier', 'engagement_tier')
        and operator in ('equals', 'not_equals', 'in', 'not_in')
)

select
    'segment_clauses' as rule_table,
    clauses.segment_key,
    clauses.version,
    clauses.clause_group,
    clauses.trait,
    clauses.value,
    'the value names something that no rule leads to' as problem
from clauses
left join names
    on clauses.trait = names.trait and position('|' || names.name || '|' in '|' || clauses.value || '|') > 0
group by clauses.segment_key, clauses.version, clauses.clause_group, clauses.trait, clauses.value, clauses.count_values
having count(names.name) < clauses.count_values
