{% macro raw_tables() -%}
    {{ return(['orders', 'order_items', 'products', 'refunds', 'customers', 'identities', 'events', 'consent',
               'support_tickets', 'subscriptions', 'campaigns', 'exchange_rates']) }}
{%- endmacro %}

{% macro contract_of(table_name) -%}
    {#- The columns of a raw table in the order of the contract (models/staging/_sources.yml); none while dbt parses. -#}
    {%- set found = graph.sources.get('source.segment_spine.raw.' ~ table_name) if execute -%}
    {{ return(found.columns.values() | list if found else []) }}
{%- endmacro %}

{% macro raw_rows(table_name, source) -%}
    {#- The rows of a raw table: those of the source, or of what the var raw_input of another project names in its place. -#}
    {%- set brought = var('raw_input') or {} -%}
    {%- for name in brought if name not in segment_spine.raw_tables() -%}
        {{ exceptions.raise_compiler_error("var raw_input: " ~ name ~ " is none of " ~ segment_spine.raw_tables() | join(', ')) }}
    {%- endfor -%}
    {%- if not brought -%}
        {{ source }}
    {%- else -%}
        {{ segment_spine.rows_as_contract(table_name, render(brought[table_name]) if table_name in brought) }}
    {%- endif -%}
{%- endmacro %}

{% macro column_names(table_name) -%}
    {{ return(segment_spine.contract_of(table_name) | map(attribute='name') | list) }}
{%- endmacro %}

{% macro optional_columns(table_name) -%}
    {%- set found = [] -%}
    {%- for column in segment_spine.contract_of(table_name) if not column.config.get('meta', {}).get('required') -%}
        {%- do found.append(column) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro compared_columns(table_name) -%}
    {#- The columns in which two versions of a row may differ: all but the key and the time of loading. -#}
    {%- set found = [] -%}
    {%- for column in segment_spine.contract_of(table_name)
        if not column.config.get('meta', {}).get('key') and column.name != 'loaded_at' -%}
        {%- do found.append(column.name) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro unreadable_columns(table_name) -%}
    {#- The optional columns of a row that hold something, but nothing of their type. -#}
    {%- set parts = [] -%}
    {%- for column in segment_spine.optional_columns(table_name) if column.data_type not in ('id', 'text') -%}
        {%- do parts.append(
            "case when " ~ column.name ~ " is null and " ~ segment_spine.to_text('raw_' ~ column.name)
            ~ " is not null then '|" ~ column.name ~ "|' else '' end"
        ) -%}
    {%- endfor -%}
    {{ parts | join(' || ') or "''" }}
{%- endmacro %}

{% macro own_times() -%}
    {#- The column that says when a row of a table happened. -#}
    {{ return({
        'orders': 'ordered_at', 'refunds': 'refunded_at', 'customers': 'signed_up_at', 'identities': 'linked_at',
        'events': 'occurred_at', 'consent': 'occurred_at', 'support_tickets': 'opened_at', 'subscriptions': 'started_at',
    }) }}
{%- endmacro %}
