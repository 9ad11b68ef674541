{% set as_of = as_of_date() -%}
{% set counts = event_counts() -%}
{% set of_a_life = counts | selectattr('days', 'undefined') | map(attribute='event_names') | sum(start=[]) + ['added_to_cart'] -%}
{% set of_a_window = counts | selectattr('days', 'defined') | map(attribute='event_names') | sum(start=[]) | unique | list -%}

with events as (
    select
        customer_id,
        event_name,
        channel,
        occurred_at,
        {{ days_between('occurred_on', as_of) }} as age
    from {{ ref('int_events_resolved') }}
    where
        customer_id is not null and occurred_on <= {{ as_of }}
        and (
            event_name in ('{{ of_a_life | join("', '") }}')
            or event_name in ('{{ of_a_window | join("', '") }}') and {{ in_last_days('occurred_on', 90) }}
        )
)

select
    customer_id,
    {%- for count in counts %}
    count(
        case
            when event_name in ('{{ count.event_names | join("', '") }}')
                {%- if count.channel %} and channel = '{{ count.channel }}'{% endif %}
                {%- if count.days %} and age between {{ count.days | join(' and ') }}{% endif %} then 1
        end
    ) as {{ count.name }},
    {%- endfor %}
    max(case when event_name = 'added_to_cart' then occurred_at end) as last_added_to_cart_at
from events
group by customer_id
