with row_values as (
    select * from {{ ref('int_customer_row_traits') }}
),

row_traits as (
    select * from {{ ref('int_row_traits_in_use') }} where is_in_a_clause
)

select
    row_values.customer_id,
    {{ as_of_date() }} as as_of_date,
    row_values.trait,
    row_values.number_value,
    row_values.text_value
from row_values
inner join row_traits on row_values.trait = row_traits.trait
