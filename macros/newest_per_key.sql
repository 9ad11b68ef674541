{% macro newest_per_key(table_name, usable_rows) -%}
    {#-
        One row per key: the newest loaded_at wins, then the greatest row by its other columns, so that the result
        never depends on the order of files.
    -#}
    {%- set key, newest_first = [], [] -%}
    {%- for column in segment_spine.contract_of(table_name) -%}
        {%- if column.config.get('meta', {}).get('key') -%}
            {%- do key.append(column.name) -%}
        {%- elif column.name == 'loaded_at' -%}
            {%- do newest_first.insert(0, 'loaded_at desc nulls last') -%}
        {%- else -%}
            {%- do newest_first.append(column.name ~ ' desc nulls last') -%}
        {%- endif -%}
    {%- endfor -%}
    select
        *,
        row_number() over (
            partition by {{ key | join(', ') }}
            order by {{ newest_first | join(', ') or '1' }}
        ) as version_rank
    from {{ usable_rows }}
    where quarantine_reason is null and is_known
{%- endmacro %}
