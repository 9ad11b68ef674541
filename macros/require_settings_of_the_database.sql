{% macro require_settings_of_the_database() -%}
    {#-
        A mart states the day of the run. Built alone, as of another day or with other vars, it would state it over features of
        before: what is not built now must have been built with the same.
    -#}
    {%- set built, left_out = [], [] -%}
    {%- for node in (graph.nodes.values() if execute and flags.WHICH in ['build', 'run'] else []) -%}
        {%- if node.resource_type == 'model' and node.package_name == 'segment_spine' -%}
            {%- do (built if node.unique_id in selected_resources else left_out).append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if built and left_out and segment_spine.is_there('spine_functions', segment_spine.built_with()) -%}
        {%- set now, changed = segment_spine.settings_of_the_run(), [] -%}
        {%- for name, before in run_query('select name, setting from spine_functions.' ~ segment_spine.built_with() ~ ' order by name').rows -%}
            {%- if now.get(name, before) != before -%}
                {%- do changed.append(name ~ ' was ' ~ before ~ ' and is now ' ~ now[name]) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if changed -%}
            {{ exceptions.raise_compiler_error(
                "The database was built with other settings (" ~ changed | join('; ') ~ "), and a part of the models cannot change them. "
                ~ "Build everything, or into another database."
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro record_settings() -%}
    {%- if flags.WHICH in ['build', 'run'] and 'model.segment_spine.' in selected_resources | join(' ') -%}
    create or replace table spine_functions.{{ segment_spine.built_with() }} as
    {%- for name, setting in segment_spine.settings_of_the_run().items() %}
    select '{{ name }}' as name, '{{ setting | replace("'", "''") }}' as setting
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- endif -%}
{%- endmacro %}

{% macro built_with() -%}
    {#- Inside another project a database may hold the schemas of several targets, each built with settings of its own. -#}
    {{ return('built_with' if project_name == 'segment_spine' else 'built_with_' ~ modules.re.sub('[^a-z0-9_]', '_', target.schema | lower)) }}
{%- endmacro %}

{% macro settings_of_the_run() -%}
    {#- Every setting that the tables depend on, as text; limits of tests (max_…) change no table. -#}
    {%- set settings = {
        'as_of_date': segment_spine.as_of_day(), 'known_until': var('known_until'), 'timezone': var('timezone'),
        'reporting_currency': var('reporting_currency'), 'rfm_window_days': var('rfm_window_days'),
        'rfm_methods': var('rfm_methods'), 'tie_policies': var('tie_policies'), 'tie_breakers': var('tie_breakers'),
        'refund_date_policy': var('refund_date_policy'), 'value_tier_basis': var('value_tier_basis'),
        'top_category_min_share': var('top_category_min_share'), 'default_replenish_days': var('default_replenish_days'),
        'rfm_min_population': var('rfm_min_population'), 'link_customers_by_address': var('link_customers_by_address'),
        'ignore_dots_and_plus_in_emails': var('ignore_dots_and_plus_in_emails'),
        'history_days': var('history_days'), 'health_min_customers': var('health_min_customers'),
        'salt': local_md5(env_var('SPINE_SALT', '')),
    } -%}
    {%- set texts = {} -%}
    {%- for name, setting in settings.items() -%}
        {%- do texts.update({name: setting | string | trim or '(none)'}) -%}
    {%- endfor -%}
    {{ return(texts) }}
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
