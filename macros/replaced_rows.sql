{#-
    Incremental models of identity and activity: an incremental run computes the rows of touched keys anew. Which rows these are is
    said once, in the model's config: meta.replaced = {by: a model of touched keys, where: {its column: a column of this model}}.
-#}
{% macro is_replaced() -%}
    {%- if not is_incremental() -%}
        true
    {%- else -%}
        {%- set touched = config.get('meta').replaced -%}
        ({{ touched.where.values() | join(', ') }})
        in (select {{ touched.where.keys() | join(', ') }} from {{ ref(touched.by) }})
    {%- endif -%}
{%- endmacro %}

{% macro get_incremental_delete_insert_sql(arguments) -%}
    {#-
        Overrides dbt's, which deletes only keys that come again: here the rows of touched keys go, whatever comes for them. Of a
        base model these are the keys that were judged.
    -#}
    {%- if model.name.startswith('base_') -%}
        {%- set key = segment_spine.row_key(model.name | replace('base_', '')) -%}
        {%- set goes = key ~ ' in (select ' ~ key ~ ' from ' ~ arguments.temp_relation ~ ')' -%}
    {%- elif arguments.unique_key -%}
        {%- set goes = arguments.unique_key ~ ' in (select ' ~ arguments.unique_key ~ ' from ' ~ arguments.temp_relation ~ ')' -%}
    {%- else -%}
        {%- set goes = segment_spine.is_replaced() -%}
    {%- endif -%}
    delete from {{ arguments.target_relation }} where {{ goes }};
    insert into {{ arguments.target_relation }} by name select * from {{ arguments.temp_relation }}
{%- endmacro %}

{% macro goes_on(model_name) -%}
    {#- Whether an incremental model takes over its rows of the last run, so that what was touched since must be known. -#}
    {{ return(not segment_spine.is_to_be_rebuilt(model_name)) }}
{%- endmacro %}

{% macro is_written_by_this_run(touched_in, columns) -%}
    {#- For tests: of the rows of a model that goes on from the last run those that this run has written; else all. -#}
    {%- set is_base = touched_in.identifier.startswith('base_') -%}
    {%- if not segment_spine.goes_on(touched_in.identifier if is_base else 'int_customer_days') -%}
        true
    {%- else -%}
        {%- set key = columns | join(', ') -%}
        ({{ key }}) in (select {{ key }} from {{ touched_in }} where {{ segment_spine.is_touched() if is_base else 'true' }})
    {%- endif -%}
{%- endmacro %}

{% macro is_of_touched_days(column) -%}
    {#-
        As a literal, for only that has the engine pass over what is older. A moment before the day in every time zone is early
        enough; is_replaced decides.
    -#}
    {%- if not segment_spine.goes_on('int_customer_days') -%}
        true
    {%- else -%}
        {%- set first = run_query('select min(activity_on) from ' ~ ref('int_touched_customer_days')).columns[0][0] -%}
        {{ column ~ ' >= ' ~ segment_spine.add_days("cast('" ~ first ~ "' as date)", -1) if first else 'false' }}
    {%- endif -%}
{%- endmacro %}
