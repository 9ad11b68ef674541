{% macro is_passed(number_value='number_value', text_value='text_value') -%}
    {#- Whether a value passes the clause that it stands beside; an unknown one passes only is_unknown. -#}
    coalesce(
        case operator
            when 'is_known' then {{ number_value }} is not null or {{ text_value }} is not null
            when 'is_unknown' then {{ number_value }} is null and {{ text_value }} is null
            when 'equals' then {{ number_value }} = number_from or {{ text_value }} = value
            when 'not_equals' then {{ number_value }} <> number_from or {{ text_value }} <> value
            when 'above' then {{ number_value }} > number_from
            when 'at_least' then {{ number_value }} >= number_from
            when 'below' then {{ number_value }} < number_from
            when 'at_most' then {{ number_value }} <= number_from
            when 'between' then {{ number_value }} between number_from and number_to
            when 'in' then {{ segment_spine.is_listed(text_value, 'value') }}
            when 'not_in' then not {{ segment_spine.is_listed(text_value, 'value') }}
        end,
        false
    )
{%- endmacro %}

{% macro trait_of_clause(traits, types) -%}
    case clauses.trait
        {%- for trait in traits if trait.type in types %}
        when '{{ trait.name }}'
            then cast(customers.{{ trait.name }} as {{ 'decimal(24, 6)' if 'number' in types else dbt.type_string() }})
        {%- endfor %}
        else null
    end
{%- endmacro %}
