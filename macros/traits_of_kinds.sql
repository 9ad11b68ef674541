{% macro traits_of_kinds() -%}
    {#- The trait that the segments of a kind are the values of; segments of behaviour have clauses instead. -#}
    {{ return({'rfm': 'rfm_segment', 'lifecycle': 'lifecycle_stage', 'value': 'value_tier', 'engagement': 'engagement_tier'}) }}
{%- endmacro %}
