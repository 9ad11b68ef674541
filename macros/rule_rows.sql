{% macro documented_columns(relation) -%}
    {#- The columns of a seed or model as documented, or else as typed, in order; none while dbt parses. -#}
    {%- for node in (graph.nodes.values() if execute else []) if node.relation_name == relation | string -%}
        {{ return((node.columns or node.config.column_types) | list) }}
    {%- endfor -%}
    {{ return([]) }}
{%- endmacro %}

{% macro row_as_text(columns) -%}
    {%- for column in columns -%}
        coalesce(cast({{ column }} as {{ dbt.type_string() }}), '(blank)'){{ " || ', ' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro trait_rows() -%}
    {#- The traits of SQL as a query of trait and trait_type; tests on clauses read it, so that they hang on the rule tables alone. -#}
    {%- for trait in segment_spine.traits() if not trait.row_default %}
    select '{{ trait.name }}' as trait, '{{ trait.type }}' as trait_type
    union all
    {%- endfor %}
    select '' as trait, '' as trait_type where false
{%- endmacro %}
