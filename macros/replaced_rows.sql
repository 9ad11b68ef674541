{#-
    Incremental models of identity and activity: an incremental run computes the rows of touched keys anew. Which rows these are is
    said once, in the model's config: meta.replaced = [{by: a model of touched keys, where: {its column: a column of this model}}].
-#}
{% macro is_replaced() -%}
    {%- if not is_incremental() -%}
        true
    {%- else -%}
        {%- set conditions = [] -%}
        {%- for touched in config.get('meta').replaced -%}
            {%- do conditions.append(
                '(' ~ touched.where.values() | join(', ') ~ ') in (select ' ~ touched.where.keys() | join(', ')
                ~ ' from ' ~ ref(touched.by) ~ ')'
            ) -%}
        {%- endfor -%}
        ({{ conditions | join(' or ') }})
    {%- endif -%}
{%- endmacro %}

{% macro get_incremental_replace_touched_sql(arguments) -%}
    {#- The strategy of these models: the rows of touched keys go, and what was computed for them comes. -#}
    delete from {{ arguments.target_relation }} where {{ segment_spine.is_replaced() }};
    insert into {{ arguments.target_relation }} by name select * from {{ arguments.temp_relation }}
{%- endmacro %}

{% macro goes_on(model_name) -%}
    {#- Whether an incremental model takes over its rows of the last run, so that what was touched since must be known. -#}
    {{ return(execute and not flags.FULL_REFRESH and not segment_spine.is_to_be_rebuilt(model_name)) }}
{%- endmacro %}
