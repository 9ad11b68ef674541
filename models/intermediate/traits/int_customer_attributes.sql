{% set as_of = as_of_date() -%}

with row_traits as (
    select * from {{ ref('int_row_traits_in_use') }} where counted_in = 'profile'
),

profiles as (
    select profiles.*
    from {{ ref('int_customer_profiles') }} as profiles
    inner join {{ ref('int_customers') }} as customers on profiles.customer_id = customers.customer_id
),

read_values as (
    select
        profiles.customer_id,
        row_traits.trait,
        row_traits.trait_type,
        case
            when row_traits.scope = 'key' then {{ text_at_key('profiles.attributes', 'row_traits.scope_value') }}
            {%- for column in attribute_columns() %}
            when lower(row_traits.scope_value) = '{{ column }}' then cast(profiles.{{ column }} as {{ dbt.type_string() }})
            {%- endfor %}
            when lower(row_traits.scope_value) = 'birth_date'
                then cast({{ full_years_between('profiles.birth_date', as_of) }} as {{ dbt.type_string() }})
            when lower(row_traits.scope_value) = 'signed_up_at'
                then cast({{ days_between('profiles.signed_up_on', as_of) }} as {{ dbt.type_string() }})
            else {{ text_at_key('profiles.other_columns', lower_ascii('row_traits.scope_value')) }}
        end as value
    from profiles
    cross join row_traits
)

select
    customer_id,
    trait,
    case when trait_type = 'number' then cast({{ to_money('value') }} as decimal(24, 6)) end as number_value,
    case
        when trait_type = 'text' and not {{ holds_address('value') }} then {{ to_text('value') }}
        when trait_type = 'boolean' then case {{ to_boolean('value') }} when true then 'true' when false then 'false' end
    end as text_value,
    -- An address is personal data, in whatever column it stands.
    case trait_type
        when 'number' then {{ to_money('value') }} is null
        when 'boolean' then {{ to_boolean('value') }} is null
        else {{ holds_address('value') }}
    end as is_unreadable
from read_values
where {{ to_text('value') }} is not null
