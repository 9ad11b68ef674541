with row_traits as (
    select * from {{ ref('int_row_traits') }}
),

named as (
    select distinct trait from {{ ref('int_clauses') }}
),

judged as (
    select
        row_traits.*,
        named.trait is not null as is_in_a_clause,
        row_traits.trait in ('{{ row_traits_of_customers() | map(attribute="name") | join("', '") }}') as is_in_customers
    from row_traits
    left join named on row_traits.trait = named.trait
)

select * from judged
where is_in_a_clause or is_in_customers
