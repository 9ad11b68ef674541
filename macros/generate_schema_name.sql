{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- marts is marts, whatever the target's own schema: outside readers rely on the name. -#}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
