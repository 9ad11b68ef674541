{% macro recent_weeks() -%}
    {#- The five weeks up to as_of_date by which a feed is held against its own past: column, first and last day. -#}
    {%- set weeks = [] -%}
    {%- for name in ['rows_7d', 'rows_8_to_14d', 'rows_15_to_21d', 'rows_22_to_28d', 'rows_29_to_35d'] -%}
        {%- do weeks.append({
            'name': name,
            'first_day': segment_spine.add_days(segment_spine.as_of_date(), -7 * loop.index + 1),
            'last_day': segment_spine.add_days(segment_spine.as_of_date(), -7 * loop.index0),
        }) -%}
    {%- endfor -%}
    {{ return(weeks) }}
{%- endmacro %}
