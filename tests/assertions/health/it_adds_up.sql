{{ config(tags=['health', 'rows_shown']) }}
-- does_it_add_up adds up, to the cent: the lines of a section to its total, totals to each other and to what other marts say.
with lines as (
    select * from {{ ref('does_it_add_up') }}
),

sections as (
    {%- for column in ['entries', 'original_amount', 'amount'] %}
    select
        section || ' ' || month || ' ' || currency || ' ' || channel || ': {{ column }}' as subject,
        coalesce(sum(case when is_total then {{ column }} end), 0) as stated,
        coalesce(sum(case when not is_total then {{ column }} end), 0) as summed
    from lines
    group by section, month, currency, channel
    union all
    {%- endfor %}
    -- Orders that count are those whose money is told, and that somebody owns.
    select
        'orders and revenue ' || month || ' ' || currency,
        sum(case when section = 'orders' and line = 'counted' then original_amount else 0 end),
        sum(case when line in ('gross_sales', 'discounts') then original_amount else 0 end)
    from lines
    group by month, currency
    union all
    select
        'revenue and owners ' || month || ' ' || currency,
        sum(case when section = 'revenue' and is_total then amount else 0 end),
        sum(case when section = 'owners' and is_total then amount else 0 end)
    from lines
    group by month, currency
),

totals as (
    select
        sum(case when section = 'orders' and is_total then entries else 0 end) as read_rows,
        sum(case when section = 'orders' and line = 'set_aside' then entries else 0 end) as set_aside_rows,
        sum(case when section = 'revenue' and is_total then amount else 0 end) as net_revenue,
        sum(case when section = 'persons' and is_total then entries else 0 end) as persons,
        sum(case when section = 'with_orders' and line = 'scored' then entries else 0 end) as scored,
        sum(case when line = 'contactable' then entries else 0 end) as contactable
    from lines
),

reconciliation as (
    select * from {{ ref('source_reconciliation') }} where table_name = 'orders'
),

others as (
    select 'rows read' as subject, totals.read_rows as stated, reconciliation.raw_rows as summed
    from totals
    cross join reconciliation
    union all
    select 'rows set aside', totals.set_aside_rows, reconciliation.quarantined_rows
    from totals
    cross join reconciliation
    union all
    select 'net revenue', net_revenue, (select coalesce(sum(net_revenue), 0) from {{ ref('revenue_by_owner') }})
    from totals
    union all
    select 'persons', persons, (select count(*) from {{ ref('customers') }})
    from totals
    union all
    select 'scored', scored, (select count(rfm_score) from {{ ref('customer_rfm') }})
    from totals
    union all
    select 'contactable', contactable, (select count(case when is_contactable then 1 end) from {{ ref('channel_eligibility') }})
    from totals
)

select
    subject,
    stated,
    summed
from (
    select subject, stated, summed from sections
    union all
    select subject, stated, summed from others
) as compared
where stated <> summed
