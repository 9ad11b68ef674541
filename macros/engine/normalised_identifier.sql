{% macro normalised_identifier(identifier_type, identifier) %}{{ return(adapter.dispatch('normalised_identifier', 'segment_spine')(identifier_type, identifier)) }}{% endmacro %}

{% macro duckdb__normalised_identifier(identifier_type, identifier) -%}
    {#- Addresses in one spelling; whatever else is compared as it is written. -#}
    case
        when {{ identifier_type }} = 'email' then coalesce(spine_functions.email_of({{ identifier }}), lower({{ identifier }}))
        when {{ identifier_type }} = 'phone' then coalesce(spine_functions.phone_of({{ identifier }}), {{ identifier }})
        else {{ identifier }}
    end
{%- endmacro %}
