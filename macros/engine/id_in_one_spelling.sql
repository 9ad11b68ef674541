{% macro id_in_one_spelling(column) %}{{ return(adapter.dispatch('id_in_one_spelling', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__id_in_one_spelling(column) -%}
    {#- An id that is an address is written as addresses are; any other as it is. -#}
    case
        when {{ segment_spine.address_in_id(column) }} is not null
            then coalesce(spine_functions.email_of({{ column }}), spine_functions.phone_of({{ column }}))
        else {{ segment_spine.to_id(column) }}
    end
{%- endmacro %}
