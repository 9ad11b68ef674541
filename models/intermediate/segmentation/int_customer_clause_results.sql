{{ config(materialized='view') }}

with customers as (
    select * from {{ ref('int_customer_traits') }}
),

clauses as (
    select * from {{ ref('int_clauses') }}
),

paired as (
    select
        customers.customer_id,
        clauses.*,
        case clauses.trait
            {%- for trait in traits() if trait.type == 'number' %}
            when '{{ trait.name }}' then cast(customers.{{ trait.name }} as decimal(24, 6))
            {%- endfor %}
            else null
        end as number_value,
        case clauses.trait
            {%- for trait in traits() if trait.type != 'number' %}
            when '{{ trait.name }}' then cast(customers.{{ trait.name }} as {{ dbt.type_string() }})
            {%- endfor %}
            else null
        end as text_value
    from customers
    cross join clauses
)

select
    customer_id,
    segment_key,
    rule_version,
    clause_group,
    trait,
    operator,
    value,
    number_from,
    number_to,
    clauses_in_group,
    number_value,
    text_value,
    coalesce(
        case operator
            when 'is_known' then number_value is not null or text_value is not null
            when 'is_unknown' then number_value is null and text_value is null
            when 'equals' then number_value = number_from or text_value = value
            when 'not_equals' then number_value <> number_from or text_value <> value
            when 'above' then number_value > number_from
            when 'at_least' then number_value >= number_from
            when 'below' then number_value < number_from
            when 'at_most' then number_value <= number_from
            when 'between' then number_value between number_from and number_to
            when 'in' then {{ is_listed('text_value', 'value') }}
            when 'not_in' then not {{ is_listed('text_value', 'value') }}
        end,
        false
    ) as is_passed
from paired
