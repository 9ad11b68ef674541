{%- set traits_of_metrics = [
    ('frequency', 'frequency_score'), ('monetary', 'monetary_score'), ('frequency', 'rfm_segment'), ('monetary', 'rfm_segment'),
    ('value_basis', 'value_tier'),
] %}

with clauses_before as (
    select * from {{ ref('stg_history_clauses') }}
),

traits_before as (
    select * from {{ ref('stg_history_traits') }}
),

row_traits_in_use as (
    select row_traits.*
    from {{ ref('int_row_traits') }} as row_traits
    inner join {{ ref('int_row_traits_in_use') }} as in_use on row_traits.trait = in_use.trait
),

sql_traits as (
    {%- for trait in traits() if not trait.row_default %}
    select '{{ trait.name }}' as trait
    union all
    {%- endfor %}
    select '' as trait where false
),

-- The traits of a metric whose meaning depends on a var.
traits_of_metrics as (
    {%- for metric, trait in traits_of_metrics %}
    select '{{ metric }}' as metric, '{{ trait }}' as trait
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

measured_otherwise as (
    select distinct traits_of_metrics.trait
    from {{ ref('int_cut_points') }} as cut_points
    inner join {{ ref('stg_history_cut_points') }} as before
        on cut_points.rule_table = before.rule_table
            and cut_points.metric = before.metric
            and cut_points.meaning <> before.meaning
    inner join traits_of_metrics on cut_points.metric = traits_of_metrics.metric
)

-- What today's value of a trait would be by its old row, or by an old var, is not known.
select clauses_before.segment_key
from clauses_before
inner join traits_before on clauses_before.trait = traits_before.trait
left join row_traits_in_use
    on clauses_before.trait = row_traits_in_use.trait and traits_before.definition = row_traits_in_use.definition
left join sql_traits on clauses_before.trait = sql_traits.trait and traits_before.definition is null
where row_traits_in_use.trait is null and sql_traits.trait is null
union
select segment_traits.segment_key
from {{ ref('int_segment_traits') }} as segment_traits
inner join measured_otherwise on segment_traits.trait = measured_otherwise.trait
