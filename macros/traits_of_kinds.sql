{% macro traits_of_kinds() -%}
    {#- The trait that the segments of a kind are the values of; segments of behaviour have clauses instead. -#}
    {{ return({'rfm': 'rfm_segment', 'lifecycle': 'lifecycle_stage', 'value': 'value_tier', 'engagement': 'engagement_tier'}) }}
{%- endmacro %}

{% macro trait_of_kind(segment_kind) -%}
    case {{ segment_kind }}
    {%- for kind, trait in traits_of_kinds().items() %} when '{{ kind }}' then '{{ trait }}'{% endfor %} end
{%- endmacro %}
