{% macro history_rows(table_name, source) -%}
    {#- The rows of a mart as it was published before: those of the source, or of what the var history_input of another project names. -#}
    {%- set brought = var('history_input') or {} -%}
    {%- for name in brought if 'source.segment_spine.history.' ~ name not in graph.sources and execute -%}
        {{ exceptions.raise_compiler_error("var history_input: " ~ name ~ " is no table of the source history") }}
    {%- endfor -%}
    {%- if table_name in brought -%}
        {{ render(brought[table_name]) }}
    {%- elif project_name == 'segment_spine' -%}
        {{ source }}
    {%- else -%}
        {{ segment_spine.nothing_published(table_name) }}
    {%- endif -%}
{%- endmacro %}

{% macro nothing_published(table_name) -%}
    {#- The same columns without a row: the ledger begins on this day. -#}
    (
        select
            {%- for column in segment_spine.columns_of_history(table_name) %}
            cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        where false
    )
{%- endmacro %}

{% macro columns_of_history(table_name) -%}
    {#- The columns of a table of the source history; while dbt parses, one that stands for them. -#}
    {%- set found = graph.sources.get('source.segment_spine.history.' ~ table_name) if execute -%}
    {{ return(found.columns.values() | list if found else [{'name': 'nothing', 'data_type': 'integer'}]) }}
{%- endmacro %}
