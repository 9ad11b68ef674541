{% macro to_text(column) %}{{ return(adapter.dispatch('to_text', 'segment_spine')(column)) }}{% endmacro %}

{% macro duckdb__to_text(column) -%}
    {#- Unicode white space, as Python's str.strip() sees it; plain trim() knows only blanks. -#}
    {%- set blank = '[\\s\\v\\x1c-\\x1f\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}]+' -%}
    nullif(regexp_replace(cast({{ column }} as varchar), '^{{ blank }}|{{ blank }}$', '', 'g'), '')
{%- endmacro %}
