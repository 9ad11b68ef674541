{#-
    Base models hold every raw row once, as a version of its key. An incremental run reads only files that are new or changed and
    judges again the versions of the keys that they touch.
-#}
{% macro incoming_rows(table_name) -%}
    {%- set every_row = source('raw', table_name) -%}
    {{ every_row.incorporate(path={'schema': 'raw_changes'}) if is_incremental() else every_row }}
{%- endmacro %}

{% macro row_marks(table_name) -%}
    {#- What a row brings besides its typed columns. Most keys come once: only the doubled ones are worth sorting. -#}
    {%- for column in segment_spine.contract_of(table_name) -%}
    {{ column.name }} as raw_{{ column.name }},
        {% endfor -%}
    source_file,
        {% if is_incremental() -%}
        true
        {%- else -%}
        {{ segment_spine.row_key(table_name, is_raw=true) }} in (
            select {{ segment_spine.row_key(table_name, is_raw=true) }}
            from {{ source('raw', table_name) }}
            group by {{ segment_spine.row_key(table_name, is_raw=true) }}
            having count(*) > 1
        )
        {%- endif %} as is_doubled
{%- endmacro %}

{% macro versions_of(table_name, judged, keeps_json='quarantine_reason is not null', touched_besides=none, reasons_of_others=[]) -%}
    {#-
        All versions of the keys that this run judges. Rows of a changed file are compared with those taken in from it before, so
        that reading a file again changes nothing; a row that its file has lost stays as gone, for the days that it counted in.
        keeps_json: which rows may be set aside and so need their raw text. reasons_of_others: reasons that hang on other tables,
        to be found anew.
    -#}
    {%- set columns = segment_spine.stored_columns(table_name) | join(', ') %}
    {%- set brought = columns
        | replace('unreadable_columns', segment_spine.unreadable_columns(table_name) ~ ' as unreadable_columns')
        | replace('row_json', 'case when ' ~ keeps_json ~ ' then ' ~ segment_spine.row_as_json(table_name) ~ ' end as row_json') %}
    {%- if not is_incremental() %}
    select {{ brought }}, quarantine_reason, is_doubled, false as is_gone, false as was_there
    from {{ judged }}
    {%- else %}
    {%- set reason = "quarantine_reason" if not reasons_of_others else
        "case when quarantine_reason not in ('" ~ reasons_of_others | join("', '") ~ "') then quarantine_reason end" %}
    {%- set in_changed_files = segment_spine.is_of_changed_files(table_name) %}
    with arrived as (
        select {{ brought }}, quarantine_reason from {{ judged }}
        except all
        select {{ columns }}, {{ reason }} from {{ this }} where standing <> 'gone' and {{ in_changed_files }}
    ),

    gone as (
        select {{ columns }}, {{ reason }} as quarantine_reason from {{ this }} where standing <> 'gone' and {{ in_changed_files }}
        except all
        select {{ brought }}, quarantine_reason from {{ judged }}
    ),

    touched as (
        select {{ segment_spine.key_hash(table_name) }} as key_hash from arrived
        union
        select {{ segment_spine.key_hash(table_name) }} from gone
        {%- if touched_besides %}
        union
        select key_hash from {{ touched_besides }}
        {%- endif %}
    ),

    -- Most keys are new, and few rows are there.
    known as (
        {{ segment_spine.rows_among(this, 'key_hash', 'touched') }}
    ),

    kept as (
        select {{ columns }}, {{ reason }} as quarantine_reason
        from known
        where standing <> 'gone'
        except all
        select {{ columns }}, quarantine_reason from gone
    )

    select *, true as is_doubled, false as is_gone, false as was_there from arrived
    union all
    select *, true, false, true from kept
    union all
    select *, true, true, true from gone
    {%- endif %}
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
            partition by {{ key | join(', ') }}, not is_gone and {{ reason }} is null and {{ segment_spine.was_known(table_name) }}
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
        when is_gone then 'gone'
        when not {{ segment_spine.was_known(table_name) }} then 'not_yet_known'
        when {{ reason }} is not null then 'quarantined'
        when version_rank = 1 then 'staged'
        else 'superseded'
    end as standing,
    {{ segment_spine.completed_refresh() }} + 1 as refreshed_in,
    was_there,
    {{ segment_spine.key_hash(table_name) }} as key_hash
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

{% macro key_hash(table_name) -%}
    {#- By which rows of a key are found among all: numbers are compared in a fraction of the time of texts. -#}
    {{ segment_spine.hashed(segment_spine.row_key(table_name)) }}
{%- endmacro %}

{% macro was_known(table_name) -%}
    {{ segment_spine.is_known('loaded_at' if 'loaded_at' in segment_spine.stored_columns(table_name) else 'null') }}
{%- endmacro %}

{% macro is_of_changed_files(table_name) -%}
    source_file in (select file_name from {{ adapter.quote(target.database) }}.raw_changes.files where table_name = '{{ table_name }}')
{%- endmacro %}
