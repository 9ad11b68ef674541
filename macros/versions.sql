{#-
    Base models hold every raw row once, as a version of its key. Of the large tables they are views: only what is exceptional is
    written, rows whose key comes more than once and rows that cannot be used.
-#}
{% macro large_tables() -%}
    {{ return(['order_items', 'events']) }}
{%- endmacro %}

{% macro versions_table(table_name) -%}
    {#- The model that says where the versions of a key stand; of a large table it holds the exceptional keys alone. -#}
    {{ return('base_' ~ table_name ~ ('_exceptions' if table_name in segment_spine.large_tables() else '')) }}
{%- endmacro %}

{% macro row_marks(table_name) -%}
    {#- What a row brings besides its typed columns: its values as they came, and whether a spreadsheet has shortened one of its ids. -#}
    {%- for column in segment_spine.contract_of(table_name) -%}
    {{ column.name }} as raw_{{ column.name }},
        {% endfor -%}
    {{ segment_spine.has_shortened_id(table_name) }} as has_shortened_id,
        file_dated_on
{%- endmacro %}

{% macro has_shortened_id(table_name) -%}
    {%- set found = [] -%}
    {%- for column in segment_spine.contract_of(table_name) if column.data_type == 'id' -%}
        {%- do found.append(segment_spine.is_shortened_id(column.name)) -%}
    {%- endfor -%}
    {{ found | join(' or ') or 'false' }}
{%- endmacro %}

{% macro judged_columns(table_name) -%}
    {#- The columns of a large base model: read, judged, and what is only looked at where a row is exceptional. -#}
    {%- for column in segment_spine.contract_of(table_name) -%}
    {{ column.name }},
    {% endfor -%}
    file_dated_on,
    quarantine_reason,
    {{ segment_spine.unreadable_columns(table_name) }} as unreadable_columns,
    case when quarantine_reason is not null then {{ segment_spine.row_as_json(table_name) }} end as row_json,
    {{ segment_spine.was_known(table_name) }} as is_known,
    {{ segment_spine.hashed(segment_spine.row_key(table_name)) }} as key_hash
{%- endmacro %}

{% macro exceptional_rows(table_name, rows) -%}
    {#- All rows of the keys that come more than once or have a row that cannot be used. Keys whose hashes collide come along. -#}
    select *
    from {{ rows }}
    where
        quarantine_reason is not null
        or key_hash in (
            select key_hash
            from {{ rows }}
            group by key_hash
            having count(*) > 1
        )
{%- endmacro %}

{% macro doubled_keys(table_name, judged) -%}
    {#- The keys that come more than once. -#}
    select {{ segment_spine.row_key(table_name) }} as row_key
    from {{ judged }}
    group by {{ segment_spine.row_key(table_name) }}
    having count(*) > 1
{%- endmacro %}

{% macro versions_of(table_name, judged, doubled) -%}
    {#- All versions of all keys. -#}
    select
        *,
        {{ segment_spine.unreadable_columns(table_name) }} as unreadable_columns,
        {{ segment_spine.row_key(table_name) }} in (select row_key from {{ doubled }}) as is_doubled
    from {{ judged }}
{%- endmacro %}

{% macro version_rank(table_name, reason='quarantine_reason', later=[], careful=[]) -%}
    {#-
        Among the usable rows of a key one has rank 1: the newest loaded_at wins; of equal ones what is `later` by the table's own
        columns, then the later day in the file's name, then the `careful` answer. The hash breaks the ties that are left, and
        favours nobody.
    -#}
    {%- set key, loaded_at = [], [] -%}
    {%- for column in segment_spine.contract_of(table_name) -%}
        {%- if column.config.get('meta', {}).get('key') -%}
            {%- do key.append(column.name) -%}
        {%- elif column.name == 'loaded_at' -%}
            {%- do loaded_at.append('loaded_at desc nulls last') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set newest_first = loaded_at + later + ['file_dated_on desc nulls last'] + careful + [segment_spine.row_hash(table_name)] -%}
    row_number() over (
        partition by {{ key | join(', ') or '1' }}, {{ reason }} is null and {{ segment_spine.was_known(table_name) }}
        order by {{ newest_first | join(', ') }}
    ) as version_rank
{%- endmacro %}

{% macro newest_per_key(table_name, versions, reason='quarantine_reason', later=[], careful=[]) -%}
    {#- All versions with their rank, and the text of those set aside. Most keys come once: only the doubled ones are worth sorting. -#}
    {%- set row_json = 'case when ' ~ reason ~ ' is not null then ' ~ segment_spine.row_as_json(table_name) ~ ' end' %}
    select
        *,
        {{ row_json }} as row_json,
        {{ segment_spine.version_rank(table_name, reason, later, careful) }}
    from {{ versions }}
    where is_doubled
    union all
    select
        *,
        {{ row_json }},
        1
    from {{ versions }}
    where not is_doubled
{%- endmacro %}

{% macro row_hash(table_name) -%}
    {{ dbt.hash(segment_spine.row_as_text(segment_spine.column_names(table_name)) or "''") }}
{%- endmacro %}

{% macro version_columns(table_name, reason='quarantine_reason') -%}
    {#- The columns that every base model ends with, and where each version stands. -#}
    {{ (segment_spine.column_names(table_name) + ['unreadable_columns', 'row_json', 'file_dated_on']) | join(',\n    ') }},
    {{ reason }} as quarantine_reason,
    case
        when not {{ segment_spine.was_known(table_name) }} then 'not_yet_known'
        when {{ reason }} is not null then 'quarantined'
        when version_rank = 1 then 'staged'
        else 'superseded'
    end as row_status
{%- endmacro %}

{% macro row_key(table_name) -%}
    {#- The key of a row as one text; two keys may share it, so that it names rows but does not rank them. -#}
    {%- set parts = [] -%}
    {%- for column in segment_spine.contract_of(table_name) if column.config.get('meta', {}).get('key') -%}
        {%- do parts.append("coalesce(cast(" ~ column.name ~ " as " ~ dbt.type_string() ~ "), '')") -%}
    {%- endfor -%}
    {{ parts | join(" || '|' || ") or "''" }}
{%- endmacro %}

{% macro was_known(table_name) -%}
    {{ segment_spine.is_known('loaded_at' if 'loaded_at' in segment_spine.column_names(table_name) else 'null') }}
{%- endmacro %}
