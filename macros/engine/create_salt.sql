{% macro create_salt() %}{{ return(adapter.dispatch('create_salt', 'segment_spine')()) }}{% endmacro %}

{% macro duckdb__create_salt() -%}
    {#- Who does not know the salt cannot find out whose address a hash is by hashing addresses. -#}
    create or replace macro spine_functions.salt() as '{{ env_var('SPINE_SALT', '') | replace("'", "''") }}'
{%- endmacro %}
