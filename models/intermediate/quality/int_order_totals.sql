{%- set measures = ['gross_sales', 'discounts', 'amount', 'tax', 'shipping', 'difference'] %}

with orders as (
    select
        *,
        case when is_counted then 'counted' when is_completed then 'after_the_day' else 'not_counted' end as line,
        case when is_completed then 'none' else order_status end as reason,
        coalesce(difference, tax, shipping) is not null as is_invoiced,
        {%- for prefix in ['original_', ''] %}
        {{ prefix }}amount + {{ prefix }}discount_amount as {{ prefix }}gross_sales,
        -{{ prefix }}discount_amount as {{ prefix }}discounts,
        {%- endfor %}
        ordered_on as counted_on
    from {{ ref('int_orders_resolved') }}
),

other_rows as (
    select
        *,
        case row_status when 'quarantined' then 'set_aside' else row_status end as line,
        case row_status when 'quarantined' then quarantine_reason else 'none' end as reason,
        -- A text that is no currency may be personal data: only the quarantine shows it.
        case when exchange_rate is not null or length(currency_code) = 3 then currency_code else 'unknown' end as known_currency
    from {{ ref('base_orders') }}
    where row_status <> 'staged'
),

refunds as (
    select * from {{ ref('int_refunds_resolved') }}
),

unreadable_rows as (
    select * from {{ ref('stg_unreadable_rows') }} where table_name = 'orders'
),

entries as {{ inlined() }} (
    select
        {%- for measure in measures %}
        original_{{ measure }}, {{ measure }},
        {%- endfor %}
        counted_on, original_currency as currency, line, reason, owner_kind, is_invoiced
    from orders
    union all
    select
        null, null, null, null, amount, {{ 'null, ' * 7 }}
        ordered_on, known_currency, line, reason, 'none', false
    from other_rows
    union all
    select
        {{ 'null, ' * 12 }}
        null, 'unknown', 'set_aside', quarantine_reason, 'none', false
    from unreadable_rows
    union all
    select
        null, null, null, null, -original_amount, -amount, {{ 'null, ' * 6 }}
        counted_on, original_currency, 'refunded', case when is_implied then 'implied' else 'none' end, owner_kind, false
    from refunds
)

select
    counted_on,
    currency,
    line,
    reason,
    owner_kind,
    is_invoiced,
    {%- for measure in measures %}
    sum(original_{{ measure }}) as original_{{ measure }},
    sum({{ measure }}) as {{ measure }},
    {%- endfor %}
    count(difference) as totals,
    count(case when original_difference <> 0 then 1 end) as differing_totals,
    count(*) as entries
from entries
group by counted_on, currency, line, reason, owner_kind, is_invoiced
