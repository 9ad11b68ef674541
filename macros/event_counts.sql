{% macro event_counts() -%}
    {#-
        The traits that count events by their canonical names, as dicts of name, event_names, channel (all where none is said) and
        days, the smallest and the greatest age of what counts; without them the whole life.
    -#}
    {{ return([
        {'name': 'messages_sent_7d', 'event_names': ['message_sent'], 'days': [0, 6]},
        {'name': 'messages_sent_90d', 'event_names': ['message_sent'], 'days': [0, 89]},
        {'name': 'messages_opened_90d', 'event_names': ['message_opened'], 'days': [0, 89]},
        {'name': 'messages_clicked_90d', 'event_names': ['message_clicked'], 'days': [0, 89]},
        {'name': 'emails_engaged_60d', 'event_names': ['message_opened', 'message_clicked'], 'channel': 'email', 'days': [0, 59]},
        {'name': 'product_views_30d', 'event_names': ['product_viewed'], 'days': [0, 29]},
        {'name': 'carts_30d', 'event_names': ['added_to_cart'], 'days': [0, 29]},
        {'name': 'paywall_hits_30d', 'event_names': ['paywall_hit'], 'days': [0, 29]},
        {'name': 'teammates_invited_life', 'event_names': ['teammate_invited']},
    ]) }}
{%- endmacro %}

{% macro is_counted(count) -%}
    event_name in ('{{ count.event_names | join("', '") }}')
    {%- if count.channel %} and channel = '{{ count.channel }}'{% endif -%}
    {%- if count.days %} and age between {{ count.days | join(' and ') }}{% endif -%}
{%- endmacro %}
