{{ config(materialized='view') }}
{%- set lines = [
    ('revenue', "'gross_sales'", 'gross_sales', 'entries', "line = 'counted'"),
    ('revenue', "'discounts'", 'discounts', 'null', "line = 'counted'"),
    ('revenue', "'refunds'", 'amount', 'entries', "line = 'refunded'"),
    ('invoices', "'merchandise'", 'amount', 'entries', "line = 'counted' and is_invoiced"),
    ('invoices', "'tax'", 'tax', 'null', "line = 'counted' and is_invoiced"),
    ('invoices', "'shipping'", 'shipping', 'null', "line = 'counted' and is_invoiced"),
    ('invoices', "'difference'", 'difference', 'null', "line = 'counted' and is_invoiced"),
    ('owners', 'owner_kind', 'amount', 'entries', "line in ('counted', 'refunded')"),
] %}

with totals as (
    select
        *,
        cast(counted_on as {{ dbt.type_string() }}) as day
    from {{ ref('int_order_totals') }}
),

dated as (
    select
        *,
        coalesce(substr(day, 1, length(day) - 3), 'unknown') as month
    from totals
),

-- Orders have their money as it was read, in their own currency: rows that are set aside have no rate.
lines as (
    select 'orders' as section, month, currency, line, reason, entries, original_amount, null as amount
    from dated
    where line <> 'refunded'
    {%- for section, line, measure, entries, is_of_line in lines %}
    union all
    select
        '{{ section }}', month, currency, {{ line }}, {{ 'reason' if section == 'revenue' else "'none'" }},
        {{ entries }}, original_{{ measure }}, {{ measure }}
    from dated
    where {{ is_of_line }}
    {%- endfor %}
)

select
    section,
    month,
    currency,
    line,
    reason,
    sum(entries) as entries,
    sum(original_amount) as original_amount,
    sum(amount) as amount
from lines
group by section, month, currency, line, reason
