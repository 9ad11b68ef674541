{% macro done_to_customers() -%}
    {#- Canonical events that the shop causes, and not the customer, as a list of SQL. -#}
    'message_sent', 'message_delivered', 'message_bounced'
{%- endmacro %}
