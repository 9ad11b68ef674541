{%- set sql_traits = traits() | rejectattr('row_default') | list %}

with movements as (
    select * from {{ ref('int_segment_movements') }} where segment_kind = 'behaviour'
),

clauses as (
    select * from {{ ref('int_premise_clauses') }}
),

customers as (
    select * from {{ ref('int_customer_traits') }}
),

row_values as (
    select * from {{ ref('int_customer_row_traits') }}
),

premise_traits as (
    select * from {{ ref('int_premise_traits') }}
),

results as (
    select
        movements.customer_id,
        clauses.*,
        coalesce(
            premise_traits.number_value, row_values.number_value, clauses.default_number,
            {{ trait_of_clause(sql_traits, ['number']) }}
        ) as number_value,
        coalesce(
            premise_traits.text_value, row_values.text_value, clauses.default_text,
            {{ trait_of_clause(sql_traits, ['text', 'boolean']) }}
        ) as text_value
    from movements
    inner join clauses on movements.segment_key = clauses.segment_key
    inner join customers on movements.customer_id = customers.customer_id
    left join row_values on movements.customer_id = row_values.customer_id and clauses.trait = row_values.trait
    left join premise_traits
        on movements.customer_id = premise_traits.customer_id
            and clauses.premise = premise_traits.premise
            and clauses.trait = premise_traits.trait
),

groups_passed as (
    select
        customer_id,
        segment_key,
        premise,
        clause_group
    from results
    group by customer_id, segment_key, premise, clause_group
    having count(case when is_computable and {{ is_passed() }} then 1 end) = count(*)
)

select distinct
    customer_id,
    segment_key,
    premise
from groups_passed
{%- for kind, trait in traits_of_kinds().items() %}
union all
select customer_id, '{{ kind }}_' || text_value, premise
from premise_traits
where trait = '{{ trait }}' and text_value is not null
{%- endfor %}
