{% macro recent_weeks() -%}
    {#- The five weeks up to as_of_date by which a feed is held against its own past: column, and the ages in days of its days. -#}
    {{ return([
        {'name': 'rows_7d', 'from_days': 0, 'to_days': 6},
        {'name': 'rows_8_to_14d', 'from_days': 7, 'to_days': 13},
        {'name': 'rows_15_to_21d', 'from_days': 14, 'to_days': 20},
        {'name': 'rows_22_to_28d', 'from_days': 21, 'to_days': 27},
        {'name': 'rows_29_to_35d', 'from_days': 28, 'to_days': 34},
    ]) }}
{%- endmacro %}
