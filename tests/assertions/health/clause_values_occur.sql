{{ config(tags=['rules_and_customers', 'rows_shown'], group='spine', severity='warn') }}
-- No customer has this value of an attribute: it may be misspelt, or written in other letters (oily is not Oily).
with clauses as (
    select distinct
        segment_key,
        trait,
        {{ each_entry('value') }} as value
    from {{ ref('int_clauses') }}
    where is_of_row_trait and is_computable and operator in ('equals', 'not_equals', 'in', 'not_in') and number_from is null
),

texts as (
    select distinct trait from {{ ref('int_row_traits') }} where trait_type = 'text'
),

found as (
    select distinct
        trait,
        text_value
    from {{ ref('int_customer_row_traits') }}
    where trait in (select trait from clauses)
)

select
    clauses.segment_key,
    clauses.trait,
    clauses.value
from clauses
inner join texts on clauses.trait = texts.trait
left join found on clauses.trait = found.trait and clauses.value = found.text_value
where found.trait is null
