{% macro rows_among(relation, column, keys) %}{{ return(adapter.dispatch('rows_among', 'segment_spine')(relation, column, keys)) }}{% endmacro %}

{% macro default__rows_among(relation, column, keys) -%}
    select * from {{ relation }} where {{ column }} in (select {{ column }} from {{ keys }})
{%- endmacro %}

{% macro duckdb__rows_among(relation, column, keys) -%}
    {#- By that column first: DuckDB would read all columns of every row to find a few. -#}
    select * from {{ relation }} where rowid in (select rowid from {{ relation }} where {{ column }} in (select {{ column }} from {{ keys }}))
{%- endmacro %}
