{#-
    What an incremental run may rely on. Base models compare what they read with what they hold, so they can always go on; the
    identity and activity models take over what the last finished run left, and are built anew if there is none such.
-#}
{% macro completed_refresh() -%}
    {#- The number of the last finished run over all incremental models; what was touched since bears a greater one. -#}
    {{ return(segment_spine.run_state().completed_refresh) }}
{%- endmacro %}

{% macro run_state() -%}
    {#- What begin_refresh has written. Kept with the model, for a query costs more than it looks and this is asked many times. -#}
    {%- if execute and var('within_day') -%}
        {#- Nothing is built anew, and the number is written into the compiled code (taking_in). -#}
        {{ return({'completed_refresh': '$completed_refresh', 'rebuilt_models': []}) }}
    {%- elif not execute or flags.WHICH not in ['build', 'run'] -%}
        {{ return({'completed_refresh': 0, 'rebuilt_models': none}) }}
    {%- endif -%}
    {%- if 'run_state' not in model -%}
        {%- set rebuilt_models = [] -%}
        {%- set query = 'select * from spine_functions.refresh_progress left join spine_functions.rebuilt_models on true' -%}
        {%- for row in run_query(query).rows -%}
            {%- do rebuilt_models.append(row['model_name']) -%}
            {%- do model.update({'run_state': {'completed_refresh': row['completed_refresh'] | int, 'rebuilt_models': rebuilt_models}}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(model.run_state) }}
{%- endmacro %}

{% macro is_touched() -%}
    {#- Whether a version was judged since the last finished run. -#}
    refreshed_in > {{ segment_spine.completed_refresh() }}
{%- endmacro %}

{% macro begin_refresh() -%}
    {%- if flags.WHICH in ['build', 'run'] %}
    create table if not exists spine_functions.refresh_progress as
    select 0 as completed_refresh, false as is_at_work, false as was_interrupted;
    {%- set nodes = segment_spine.models_and_seeds() -%}
    {%- set models = segment_spine.incremental_models(nodes) -%}
    {%- set most_to_compare = segment_spine.whole_number('most_rows_to_compare', most=999999999999) -%}
    {%- set are_selected = models | selectattr('unique_id', 'in', selected_resources) | list | length > 0 -%}
    {%- if are_selected %}
    update spine_functions.refresh_progress set was_interrupted = is_at_work or was_interrupted;
    update spine_functions.refresh_progress set is_at_work = true;
    {%- endif %}
    create table if not exists spine_functions.recipes_built (model_name varchar, recipe varchar);
    {%- if flags.FULL_REFRESH or (are_selected and segment_spine.most_rows_come_again(models, most_to_compare)) %}
    -- What this run does not rebuild must not go on from rows that it does.
    delete from spine_functions.recipes_built;
    {%- endif %}
    {%- set runner_version = segment_spine.version_of_the_runner() %}
    create or replace table spine_functions.recipes as
    {%- for node in models %}
    select
        '{{ node.name }}' as model_name,
        '{{ segment_spine.recipe_of(node, nodes) }} {{ runner_version }}' as recipe,
        -- Base models stand alone; those of identity, and those of activity, take over their rows together or not at all.
        '{{ node.name if node.name.startswith('base_') else node.fqn[:-1] | join('.') }}' as unit
    {{ 'union all' if not loop.last }}
    {%- endfor %};
    create or replace table spine_functions.rebuilt_models as
    with changed as (
        select recipes.unit
        from spine_functions.recipes
        left join spine_functions.recipes_built using (model_name, recipe)
        left join duckdb_tables() as built on recipes.model_name = built.table_name and built.database_name = current_database()
        where
            recipes_built.model_name is null
            or built.table_name is null
            or (recipes.unit <> recipes.model_name and (select was_interrupted from spine_functions.refresh_progress))
    )

    select model_name
    from spine_functions.recipes
    where unit in (select unit from changed);
    {%- endif %}
{%- endmacro %}

{% macro most_rows_come_again(models, most_to_compare) -%}
    {#-
        Whether files that were taken in and have changed hold most of all rows, and many: to compare so many with those that are
        there takes longer than to build all anew, and far more of memory and disk.
    -#}
    {%- set come_again = [] -%}
    {%- set query = 'select distinct table_name from raw_changes.files semi join spine_functions.files_taken_in using (table_name, file_name)' -%}
    {%- for row in (run_query(query).rows if execute else []) -%}
        {%- do come_again.append('base_' ~ row['table_name']) -%}
    {%- endfor -%}
    {%- set counts = [] -%}
    {%- for node in models if come_again and node.name.startswith('base_') and segment_spine.is_there(node.schema, node.name) -%}
        {%- set is_again = segment_spine.is_of_changed_files(node.name[5:]) if node.name in come_again else 'false' -%}
        {%- do counts.append('select count(case when ' ~ is_again ~ ' then 1 end) as again, count(*) as held from ' ~ node.relation_name) -%}
    {%- endfor -%}
    {%- if not counts -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set counted = run_query('select sum(again) as again, sum(held) as held from (' ~ counts | join(' union all ') ~ ') as counts').rows[0] -%}
    {{ return(counted['again'] > most_to_compare and counted['again'] * 2 > counted['held']) }}
{%- endmacro %}

{% macro complete_refresh() -%}
    {#-
        Only a run that built all incremental models that had to be built has brought them to one state. Keys are tested among the
        rows that a run has written: if some are doubled, the next run must look again.
    -#}
    {%- set built, is_doubled = [], [] -%}
    {%- for result in results -%}
        {%- if result.status == 'success' and result.node.config.materialized == 'incremental' -%}
            {%- do built.append(result.node.name) -%}
        {%- elif result.status in ['fail', 'error'] and result.node.test_metadata and result.node.test_metadata.kwargs.touched_in -%}
            {%- do is_doubled.append(result.node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if built and not is_doubled and segment_spine.has_left_nothing(built) %}
    {{ segment_spine.all_is_taken_in() }}
    {%- endif %}
{%- endmacro %}

{% macro all_is_taken_in() -%}
    update spine_functions.refresh_progress
    set completed_refresh = completed_refresh + 1, is_at_work = false, was_interrupted = false;
    create or replace table spine_functions.files_taken_in as select * from raw_changes.files_seen;
    delete from raw_changes.files;
{%- endmacro %}

{% macro taking_in() -%}
    {#-
        As JSON, for `spine watch`, which compiles what takes in new rows once for a day and runs it without dbt: how new rows are
        put into each incremental model, what is written into compiled code before it runs, and what says that all is taken in.
    -#}
    {%- set replacing = {} -%}
    {%- for node in segment_spine.incremental_models(segment_spine.models_and_seeds()) -%}
        {%- do replacing.update({node.name: segment_spine.replace_rows(node, node.relation_name, 'new_rows')}) -%}
    {%- endfor -%}
    {%- set touched_days = graph.nodes['model.segment_spine.int_touched_customer_days'].relation_name -%}
    {{ tojson({
        'replacing': replacing,
        'written_in': {
            '$completed_refresh': 'select completed_refresh from spine_functions.refresh_progress',
            '$touched_days': 'select days from (' ~ segment_spine.touched_days_as_text(touched_days) ~ ') as found',
            '$first_touched_day': 'select first_day from (' ~ segment_spine.touched_days_as_text(touched_days) ~ ') as found',
        },
        'completing': segment_spine.all_is_taken_in(),
    }) }}
{%- endmacro %}

{% macro has_left_nothing(built) -%}
    {#- Only base models may be left as they are: those that neither read a new or changed file nor hang on one that does. -#}
    {%- set has_news = [] -%}
    {%- for row in run_query("select 'base_' || table_name as model_name from raw_changes.files").rows -%}
        {%- do has_news.append(row['model_name']) -%}
    {%- endfor -%}
    {%- set nodes = segment_spine.models_and_seeds() -%}
    {%- for node in segment_spine.incremental_models(nodes) if node.name not in built -%}
        {%- if not node.name.startswith('base_') or segment_spine.is_to_be_rebuilt(node.name) -%}
            {{ return(false) }}
        {%- endif -%}
        {%- for ancestor in segment_spine.ancestors_of(node, nodes) if ancestor.split('.')[-1] in has_news -%}
            {{ return(false) }}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{% macro record_recipe() -%}
    {%- if model.config.materialized == 'incremental' %}
    delete from spine_functions.recipes_built where model_name = '{{ model.name }}';
    insert into spine_functions.recipes_built select model_name, recipe from spine_functions.recipes where model_name = '{{ model.name }}';
    {%- endif %}
{%- endmacro %}

{% macro models_and_seeds() -%}
    {#- By their ids. Graph makes a node anew whenever it is asked for one, which takes its time. -#}
    {%- set nodes = {} -%}
    {%- for unique_id in (graph.nodes if execute else []) if unique_id.startswith('model.') or unique_id.startswith('seed.') -%}
        {%- do nodes.update({unique_id: graph.nodes[unique_id]}) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{%- endmacro %}

{% macro incremental_models(nodes) -%}
    {{ return(nodes.values() | selectattr('config.materialized', 'equalto', 'incremental') | list) }}
{%- endmacro %}

{% macro recipe_of(node, nodes) -%}
    {#- A name of all that a model is made by but the rows: its code, its rules, what it reads, and the settings. -#}
    {%- set parts = [segment_spine.settings_of_taking_in(node) | string] -%}
    {%- for ancestor in segment_spine.ancestors_of(node, nodes) | sort -%}
        {%- do parts.append(ancestor ~ ' ' ~ nodes[ancestor].checksum.checksum) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join(', '))) }}
{%- endmacro %}

{% macro ancestors_of(node, nodes) -%}
    {%- set found = [node.unique_id] -%}
    {#- The list grows while it is read. -#}
    {%- for unique_id in found -%}
        {%- for parent in nodes[unique_id].depends_on.nodes if parent in nodes and parent not in found -%}
            {%- do found.append(parent) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro settings_of_taking_in(node) -%}
    {%- set settings = [
        var('known_until'), segment_spine.business_timezone(), segment_spine.reporting_currency()
    ] -%}
    {%- if not node.name.startswith('base_') -%}
        {%- do settings.extend([var('refund_date_policy'), var('max_identifiers_per_customer')]) -%}
        {#- Refunds counted on their order's day begin to count when they were made. -#}
        {%- do settings.append(segment_spine.as_of_day() if var('refund_date_policy') == 'ordered_on' else '') -%}
    {%- endif -%}
    {{ return(settings) }}
{%- endmacro %}

{% macro version_of_the_runner() -%}
    {%- if not segment_spine.is_there('raw_changes', 'project') -%}
        {{ return('') }}
    {%- endif -%}
    {{ return(run_query('select project_version from raw_changes.project').columns[0][0]) }}
{%- endmacro %}

{% macro should_full_refresh() -%}
    {#- Overrides dbt's: a model is also built anew when its recipe has changed, or its last run did not end. -#}
    {%- if config.get('full_refresh') is not none -%}
        {{ return(config.get('full_refresh')) }}
    {%- endif -%}
    {{ return(flags.FULL_REFRESH or (execute and model.config.materialized == 'incremental' and segment_spine.is_to_be_rebuilt(model.name))) }}
{%- endmacro %}

{% macro is_to_be_rebuilt(model_name) -%}
    {%- set rebuilt_models = segment_spine.run_state().rebuilt_models -%}
    {{ return(rebuilt_models is none or model_name in rebuilt_models) }}
{%- endmacro %}

{% macro is_there(schema_name, table_name) -%}
    {#- adapter.get_relation would open a transaction, which a hook of a run never commits. -#}
    {%- set query -%}
        select count(*)
        from information_schema.tables
        where table_catalog = '{{ target.database }}' and table_schema = '{{ schema_name }}' and table_name = '{{ table_name }}'
    {%- endset -%}
    {{ return(execute and run_query(query).columns[0][0] > 0) }}
{%- endmacro %}
