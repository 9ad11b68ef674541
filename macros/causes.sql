{% macro causes() -%}
    {#- Why somebody entered or left a segment: each movement has the first that applies (docs/definitions.md). -#}
    {{ return(['merge', 'rule', 'late', 'behaviour', 'population', 'several', 'time']) }}
{%- endmacro %}
