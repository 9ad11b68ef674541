{% macro counted_events() -%}
    {#- The canonical events that int_customer_event_days counts one by one, with the name of the count. -#}
    {{ return([
        ('message_sent', 'messages_sent'),
        ('message_opened', 'messages_opened'),
        ('message_clicked', 'messages_clicked'),
        ('message_bounced', 'messages_bounced'),
        ('message_complained', 'messages_complained'),
        ('product_viewed', 'product_views'),
        ('added_to_cart', 'carts'),
        ('paywall_hit', 'paywall_hits'),
        ('teammate_invited', 'teammates_invited'),
    ]) }}
{%- endmacro %}
