{% macro was_in_stay(day) -%}
    {#- Whether a day lies in the stay that it stands beside. -#}
    stays.entered_on <= {{ day }} and coalesce(stays.exited_on > {{ day }}, true)
{%- endmacro %}
