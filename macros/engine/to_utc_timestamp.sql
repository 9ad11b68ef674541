{% macro to_utc_timestamp(column) %}{{ return(adapter.dispatch('to_utc_timestamp', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_utc_timestamp(column) -%}
    {#- A cast of text to timestamp drops the offset, so text goes through timestamptz. typeof() is folded at planning. -#}
    {%- set text = segment_spine.to_text(column) -%}
    {%- set digits = "try_cast(" ~ text ~ " as bigint)" -%}
    {%- set iso = '\\d{4}-\\d{2}-\\d{2}([ T]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)? ?(Z|UTC|[+-]\\d{2}(:?\\d{2})?)?)?' -%}
    {%- set parsed -%}
        case
            when typeof({{ column }}) = 'TIMESTAMP' then try_cast({{ column }} as timestamp)
            when regexp_full_match({{ text }}, '{{ iso }}')
                then try_cast(replace(replace({{ text }}, ' +', '+'), ' -', '-') as timestamptz) at time zone 'UTC'
            when regexp_full_match({{ text }}, '\\d{8}') then try_strptime({{ text }}, '%Y%m%d')
            when regexp_full_match({{ text }}, '-?\\d{9,10}') then make_timestamp({{ digits }} * 1000000)
            when regexp_full_match({{ text }}, '-?\\d{12,13}') then make_timestamp({{ digits }} * 1000)
            when regexp_full_match({{ text }}, '-?\\d{15,16}') then make_timestamp({{ digits }})
            when regexp_full_match({{ text }}, '-?\\d{18,19}') then make_timestamp({{ digits }} // 1000)
        end
    {%- endset -%}
    case when {{ parsed }} between timestamp '1900-01-01' and timestamp '9999-12-31 23:59:59' then {{ parsed }} end
{%- endmacro %}
