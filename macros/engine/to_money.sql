{% macro to_money(column) %}{{ return(adapter.dispatch('to_money', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_money(column) -%}
    {#- try_cast alone would take '1e3'; and a double must go through its shortest text, or 1.005 becomes 1.00. -#}
    case
        when typeof({{ column }}) like 'DECIMAL%' or typeof({{ column }}) like '%INT%'
            or regexp_full_match({{ segment_spine.to_text(column) }}, '[+-]?(\\d+(\\.\\d*)?|\\.\\d+)')
            then try_cast({{ segment_spine.to_text(column) }} as decimal(18, 4))
    end
{%- endmacro %}
