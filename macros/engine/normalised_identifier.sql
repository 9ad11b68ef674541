{% macro normalised_identifier(identifier_type, identifier) %}{{ return(adapter.dispatch('normalised_identifier', 'segment_spine')(identifier_type, identifier)) }}{% endmacro %}

{% macro duckdb__normalised_identifier(identifier_type, identifier) -%}
    {#- An address is hashed when it is read; what is none, though its type says so, is compared in lower case, and any other as written. -#}
    case
        when {{ identifier_type }} in ('email', 'phone') then coalesce(spine_functions.to_address({{ identifier }}), lower({{ identifier }}))
        else {{ identifier }}
    end
{%- endmacro %}
