{% macro address_in_id(column) %}{{ return(adapter.dispatch('address_in_id', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__address_in_id(column) -%}
    {#- An id that is an address: an e-mail address, or a phone number that names its country. -#}
    case when position('@' in {{ column }}) > 0 or position('+' in {{ column }}) > 0 then spine_functions.to_address({{ column }}) end
{%- endmacro %}
