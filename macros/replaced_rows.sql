{#-
    Incremental models of identity and activity: an incremental run computes the rows of touched keys anew. Which rows these are is
    said once, in the model's config: meta.replaced = {by: a model of touched keys, where: {its column: a column of this model}}.
-#}
{% macro is_replaced() -%}
    {%- if not is_incremental() -%}
        true
    {%- else -%}
        {%- set touched = config.get('meta').replaced -%}
        {{ segment_spine.is_among(touched, ref(touched.by)) }}
    {%- endif -%}
{%- endmacro %}

{% macro get_incremental_delete_insert_sql(arguments) -%}
    {#- Overrides dbt's, which deletes only keys that come again: here the rows of touched keys go, whatever comes for them. -#}
    {{ segment_spine.replace_rows(model, arguments.target_relation, arguments.temp_relation) }}
{%- endmacro %}

{% macro replace_rows(node, relation, new_rows) -%}
    {#-
        What puts new rows into an incremental model in the place of those of the touched keys. Of a base model these are the keys
        that were judged again; most keys are new, and none of them need be looked for among all rows.
    -#}
    {%- if node.name.startswith('base_') -%}
        {%- set goes = 'key_hash in (select key_hash from ' ~ new_rows ~ ' where was_there)' -%}
    {%- elif node.config.unique_key -%}
        {%- set key = node.config.unique_key -%}
        {%- set goes = key ~ ' in (select ' ~ key ~ ' from ' ~ new_rows ~ ')' -%}
    {%- else -%}
        {%- set touched = node.config.meta.replaced -%}
        {%- set touched_keys = graph.nodes['model.segment_spine.' ~ touched.by].relation_name -%}
        {%- set goes = segment_spine.is_among(touched, touched_keys) -%}
    {%- endif -%}
    delete from {{ relation }} where {{ goes }};
    insert into {{ relation }} by name select * from {{ new_rows }}
{%- endmacro %}

{% macro is_among(touched, touched_keys) -%}
    ({{ touched.where.values() | join(', ') }}) in (select {{ touched.where.keys() | join(', ') }} from {{ touched_keys }})
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

{% macro is_of_touched_days(day, moment=none) -%}
    {#-
        Written out, for only then the engine passes over older rows, and judges the others before it joins them. Of a moment the
        day before the first is early enough in every time zone. is_replaced decides.
    -#}
    {%- if not segment_spine.goes_on('int_customer_days') -%}
        {{ return('true') }}
    {%- elif var('within_day') -%}
        {%- set days, first_day = '$touched_days', '$first_touched_day' -%}
    {%- else -%}
        {%- set found = run_query(segment_spine.touched_days_as_text(ref('int_touched_customer_days'))) -%}
        {%- set days, first_day = found.columns[0][0], found.columns[1][0] -%}
    {%- endif -%}
    {{ day }} in (cast('{{ days }}' as date))
    {%- if moment %}
        and {{ moment }} >= {{ segment_spine.add_days("cast('" ~ first_day ~ "' as date)", -1) }}
    {%- endif -%}
{%- endmacro %}

{% macro touched_days_as_text(touched_days) -%}
    {#- A query for the days, as text for between the quotes of a cast, and the first; a day that never comes if there is none. -#}
    {%- set day_name = 'cast(activity_on as ' ~ dbt.type_string() ~ ')' %}
    select
        replace(coalesce({{ segment_spine.joined_text(day_name) }}, '9999-12-31'), '|', ''' as date), cast(''') as days,
        coalesce(cast(min(activity_on) as {{ dbt.type_string() }}), '9999-12-31') as first_day
    from (select distinct activity_on from {{ touched_days }}) as touched
{%- endmacro %}
