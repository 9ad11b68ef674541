{%- set totals_of_sections = {
    'orders': 'read', 'revenue': 'net_revenue', 'invoices': 'total', 'owners': 'net_revenue', 'ids': 'ids', 'persons': 'persons',
    'with_orders': 'with_orders', 'channels': 'persons',
} -%}

with lines as (
    select section, month, currency, 'all' as channel, line, reason, entries, original_amount, amount
    from {{ ref('int_money_lines') }}
    union all
    select section, 'all', 'all', channel, line, reason, entries, null, null
    from {{ ref('int_person_lines') }}
),

totals as (
    select
        section,
        month,
        currency,
        channel,
        sum(entries) as entries,
        sum(original_amount) as original_amount,
        sum(amount) as amount
    from lines
    group by section, month, currency, channel
),

stated as (
    select *, false as is_total
    from lines
    union all
    select
        section,
        month,
        currency,
        channel,
        case section
            {%- for section, line in totals_of_sections.items() %}
            when '{{ section }}' then '{{ line }}'
            {%- endfor %}
        end,
        'none',
        entries,
        original_amount,
        amount,
        true
    from totals
)

select
    section,
    {{ as_of_date() }} as as_of_date,
    month,
    currency,
    channel,
    line,
    reason,
    is_total,
    cast(entries as bigint) as entries,
    cast(original_amount as decimal(38, 4)) as original_amount,
    cast(amount as decimal(18, 2)) as amount,
    '{{ reporting_currency() }}' as reporting_currency
from stated
