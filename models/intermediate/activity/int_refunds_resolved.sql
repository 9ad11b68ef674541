{{ config(materialized='view') }}

with refunds as (
    select * from {{ ref('stg_refunds') }}
    where
        is_counted
        {%- if var('refund_date_policy') == 'ordered_on' %}
        -- Counted on the order's day, but not before it was made.
        and refunded_on <= {{ as_of_date() }}
        {%- endif %}
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
)

select
    refunds.refund_id,
    refunds.order_id,
    customer_ids.customer_id,
    case
        when refunds.refunded_customer_id is null then 'guest'
        when customer_ids.customer_id is null then 'unattributed'
        else 'customer'
    end as owner_kind,
    refunds.amount,
    {% if one_of('refund_date_policy', var('refund_date_policy'), ['refunded_on', 'ordered_on']) == 'ordered_on' -%}
    coalesce(refunds.ordered_on, refunds.refunded_on) as counted_on
    {%- else -%}
    refunds.refunded_on as counted_on
    {%- endif %}
from refunds
left join customer_ids on refunds.refunded_customer_id = customer_ids.source_customer_id
