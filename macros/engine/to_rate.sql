{% macro to_rate(column) %}{{ return(adapter.dispatch('to_rate', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_rate(column) -%}
    case
        when regexp_full_match({{ segment_spine.to_text(column) }}, '[+-]?(\\d+(\\.\\d*)?|\\.\\d+)')
            then try_cast({{ segment_spine.to_text(column) }} as decimal(18, 8))
    end
{%- endmacro %}
