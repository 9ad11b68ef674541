{% macro require_raw_input() -%}
    {#- Staging without input would fail table by table; this says once what is missing. -#}
    {%- if var('raw_input') -%}
        {%- if 'orders' not in var('raw_input') -%}
            {{ exceptions.raise_compiler_error("var raw_input must name the table of the orders: the others are optional, orders are not") }}
        {%- endif -%}
    {%- elif segment_spine.reads_raw_input() and (project_name != 'segment_spine' or not segment_spine.is_there('raw', 'orders')) -%}
        {{ exceptions.raise_compiler_error(
            "There is no raw input: set RAW_DIR to a folder of raw files, or RAW_SCHEMA to a schema of the database (docs/own_data.md); "
            ~ "inside another project the var raw_input (docs/package.md)."
        ) }}
    {%- endif -%}
{%- endmacro %}

{% macro require_currency() -%}
    {#- No model can look at the orders while dbt compiles it: who runs dbt without the runner names their currency. -#}
    {%- if segment_spine.reads_raw_input() and var('reporting_currency') | string | lower == 'auto' -%}
        {{ exceptions.raise_compiler_error(
            "var reporting_currency must be a three-letter code here, as with --vars '{reporting_currency: EUR}': "
            ~ "only `spine build` finds out the currency of the orders by itself"
        ) }}
    {%- endif -%}
{%- endmacro %}

{% macro reads_raw_input() -%}
    {#- Whether the run builds anything from raw tables. -#}
    {%- set reading = [] -%}
    {%- for node in (selected_resources if execute and flags.WHICH in ['build', 'run'] else []) if node.startswith('model.segment_spine.base_') -%}
        {%- do reading.append(node) -%}
    {%- endfor -%}
    {{ return(reading | length > 0) }}
{%- endmacro %}

{% macro require_relative_rules() -%}
    {#- dbt writes what it compiles next to an absolute seed path: it would overwrite the rule tables. -#}
    {%- set path = env_var('SPINE_RULES', 'seeds') -%}
    {%- if path.startswith('/') or path.startswith('..') or ':' in path -%}
        {{ exceptions.raise_compiler_error(
            "SPINE_RULES must be a folder inside the project, written relative to it. For a folder elsewhere use `spine build --rules`."
        ) }}
    {%- endif -%}
{%- endmacro %}
