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
)

-- What today's value of a trait would be by its old row is not known.
select distinct clauses_before.segment_key
from clauses_before
inner join traits_before on clauses_before.trait = traits_before.trait
left join row_traits_in_use
    on clauses_before.trait = row_traits_in_use.trait and traits_before.definition = row_traits_in_use.definition
left join sql_traits on clauses_before.trait = sql_traits.trait and traits_before.definition is null
where row_traits_in_use.trait is null and sql_traits.trait is null
