{% macro row_as_json(table_name) %}{{ return(adapter.dispatch('row_as_json', 'segment_spine')(table_name)) }}{% endmacro %}

{% macro duckdb__row_as_json(table_name) -%}
    {#- Every value as text, so that the same row gives the same JSON from Parquet and from CSV. -#}
    cast(json_object(
        {%- for column in segment_spine.contract_of(table_name) %}
        '{{ column.name }}', nullif(cast(raw_{{ column.name }} as varchar), ''){{ ',' if not loop.last }}
        {%- endfor %}
    ) as varchar)
{%- endmacro %}
