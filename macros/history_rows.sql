{% macro history_rows(table_name, source) -%}
    {#- A query of a mart as it was published before: from the source, or from what the var history_input of another project names. -#}
    {%- set brought = var('history_input') or {} -%}
    {%- for name in brought if execute and 'source.segment_spine.history.' ~ name not in graph.sources -%}
        {{ exceptions.raise_compiler_error("var history_input: " ~ name ~ " is no table of the source history") }}
    {%- endfor -%}
    {%- set is_brought = table_name in brought or project_name == 'segment_spine' -%}
    {%- set found = graph.sources.get('source.segment_spine.history.' ~ table_name) if execute -%}
    select
        {%- for column in (found.columns.values() if found else []) %}
        {{ column.name if is_brought else 'cast(null as ' ~ column.data_type ~ ') as ' ~ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- if is_brought %}
    from {{ render(brought[table_name]) if table_name in brought else source }}
    {%- else %}
    where false
    {%- endif %}
{%- endmacro %}
