{% set as_of = as_of_date() -%}
{% set counts = event_counts() -%}
{% set of_a_life = counts | selectattr('days', 'undefined') | map(attribute='event_names') | sum(start=['added_to_cart']) -%}
{% set longest_window = counts | selectattr('days', 'defined') | map(attribute='days') | map('last') | max + 1 -%}

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
        and event_name in (
            {%- for event_name in counts | map(attribute='event_names') | sum(start=of_a_life) | unique %}
            '{{ event_name }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
        and (
            {{ in_last_days('occurred_on', longest_window) }}
            or event_name in ('{{ of_a_life | join("', '") }}')
        )
)

select
    customer_id,
    {%- for count in counts %}
    count(
        case when {{ is_counted(count) }} then 1 end
    ) as {{ count.name }},
    {%- endfor %}
    max(case when event_name = 'added_to_cart' then occurred_at end) as last_added_to_cart_at
from events
group by customer_id
