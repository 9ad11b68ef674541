{% macro to_boolean(column) %}{{ return(adapter.dispatch('to_boolean', 'segment_spine')(column)) }}{% endmacro %}

{% macro default__to_boolean(column) -%}
    case
        when lower({{ segment_spine.to_text(column) }}) in ('true', 't', 'yes', 'y', '1') then true
        when lower({{ segment_spine.to_text(column) }}) in ('false', 'f', 'no', 'n', '0') then false
    end
{%- endmacro %}
