with row_traits as (
    select * from {{ ref('int_row_traits') }}
),

named as (
    select distinct trait from {{ ref('int_clauses') }}
),

-- marts.customers has these as columns.
columns_of_customers as (
    {%- for trait in row_traits_of_customers() %}
    select '{{ trait.name }}' as trait
    union all
    {%- endfor %}
    select '' as trait where false
)

select
    row_traits.trait,
    row_traits.trait_type,
    row_traits.measure,
    row_traits.activity,
    row_traits.scope,
    row_traits.scope_value,
    row_traits.from_days,
    row_traits.to_days,
    row_traits.counted_in,
    named.trait is not null as is_in_a_clause,
    columns_of_customers.trait is not null as is_in_customers
from row_traits
left join named on row_traits.trait = named.trait
left join columns_of_customers on row_traits.trait = columns_of_customers.trait
where named.trait is not null or columns_of_customers.trait is not null
