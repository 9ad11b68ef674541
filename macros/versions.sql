{#- Base models hold every raw row once, as a version of its key. -#}
{% macro row_marks(table_name, raw_rows) -%}
    {#- What a row brings besides its typed columns. Most keys come once: only the doubled ones are worth sorting. -#}
    {%- for column in segment_spine.contract_of(table_name) -%}
    {{ column.name }} as raw_{{ column.name }},
        {% endfor -%}
    source_file,
        {{ segment_spine.row_key(table_name, is_raw=true) }} in (
            select {{ segment_spine.row_key(table_name, is_raw=true) }}
            from {{ raw_rows }} as others
            group by {{ segment_spine.row_key(table_name, is_raw=true) }}
            having count(*) > 1
        ) as is_doubled
{%- endmacro %}

{% macro versions_of(table_name, judged, keeps_json='quarantine_reason is not null') -%}
    {#- All versions of all keys. keeps_json: which rows may be set aside and so need their raw text. -#}
    {%- set columns = segment_spine.stored_columns(table_name) | join(', ')
        | replace('unreadable_columns', segment_spine.unreadable_columns(table_name) ~ ' as unreadable_columns')
        | replace('row_json', 'case when ' ~ keeps_json ~ ' then ' ~ segment_spine.row_as_json(table_name) ~ ' end as row_json') %}
    select {{ columns }}, quarantine_reason, is_doubled
    from {{ judged }}
{%- endmacro %}

{% macro newest_per_key(table_name, versions, reason='quarantine_reason') -%}
    {#-
        One usable row per key has rank 1: the newest loaded_at wins, then the greatest row by its other columns, so that the result
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
    {%- endfor %}
    select
        *,
        row_number() over (
            partition by {{ key | join(', ') }}, {{ reason }} is null and {{ segment_spine.was_known(table_name) }}
            order by {{ newest_first | join(', ') or '1' }}
        ) as version_rank
    from {{ versions }}
    where is_doubled
    union all
    select
        *,
        1
    from {{ versions }}
    where not is_doubled
{%- endmacro %}

{% macro version_columns(table_name, reason='quarantine_reason') -%}
    {#- The columns that every base model ends with, and where each version stands. -#}
    {%- set may_be_null = [] -%}
    {%- for column in segment_spine.contract_of(table_name) if not column.config.get('meta', {}).get('required') -%}
        {%- do may_be_null.append("case when " ~ column.name ~ " is null then '|" ~ column.name ~ "|' else '' end") -%}
    {%- endfor -%}
    {{ segment_spine.stored_columns(table_name) | join(',\n    ') }},
    {{ may_be_null | join('\n    || ') or "''" }} as null_columns,
    {{ reason }} as quarantine_reason,
    case
        when not {{ segment_spine.was_known(table_name) }} then 'not_yet_known'
        when {{ reason }} is not null then 'quarantined'
        when version_rank = 1 then 'staged'
        else 'superseded'
    end as standing
{%- endmacro %}

{% macro stored_columns(table_name) -%}
    {%- set columns = [] -%}
    {%- for column in segment_spine.contract_of(table_name) -%}
        {%- do columns.append(column.name) -%}
    {%- endfor -%}
    {{ return(columns + ['unreadable_columns', 'row_json', 'source_file']) }}
{%- endmacro %}

{% macro row_key(table_name, is_raw=false) -%}
    {#- The key of a row as one text; two keys may share it, so that it names rows but does not rank them. -#}
    {%- set parts = [] -%}
    {%- for column in segment_spine.contract_of(table_name) if column.config.get('meta', {}).get('key') -%}
        {%- set value = column.name if not is_raw else segment_spine.read_as(column) -%}
        {%- set value = 'cast(' ~ value ~ ' as date)' if is_raw and column.data_type == 'date' else value -%}
        {%- do parts.append("coalesce(cast(" ~ value ~ " as " ~ dbt.type_string() ~ "), '')") -%}
    {%- endfor -%}
    {%- set key = parts | join(" || '|' || ") or "''" -%}
    {{ 'lower(' ~ key ~ ')' if is_raw else key }}
{%- endmacro %}

{% macro was_known(table_name) -%}
    {{ segment_spine.is_known('loaded_at' if 'loaded_at' in segment_spine.stored_columns(table_name) else 'null') }}
{%- endmacro %}
