{% macro junk_as_compared(junk_identifiers) -%}
    {#- The rows of the seed as identifiers are compared: an address as its hash, any other in lower case. -#}
    select coalesce({{ segment_spine.to_address('identifier') }}, identifier) as identifier
    from {{ junk_identifiers }}
{%- endmacro %}
