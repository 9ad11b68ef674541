{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- marts is marts, whatever the target's own schema: outside readers rely on the name. As a package, schemas are named as the project that uses it names its own. -#}
    {%- if project_name == 'segment_spine' -%}
        {{ (custom_schema_name or target.schema) | trim }}
    {%- else -%}
        {%- set own = context.get(project_name, {}) -%}
        {{ own.generate_schema_name(custom_schema_name, node) if own.generate_schema_name is defined
            else default__generate_schema_name(custom_schema_name, node) }}
    {%- endif -%}
{%- endmacro %}
