{% macro to_integer(column) %}{{ return(adapter.dispatch('to_integer', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_integer(column) -%}
    case when regexp_full_match({{ segment_spine.to_text(column) }}, '[+-]?\\d+(\\.0*)?') then try_cast({{ segment_spine.to_text(column) }} as bigint) end
{%- endmacro %}
