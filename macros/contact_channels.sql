{% macro contact_channels() -%}
    {#- The channels that have columns of their own in the marts; channels.csv may name more. -#}
    {{ return(['email', 'sms', 'push', 'ads']) }}
{%- endmacro %}
