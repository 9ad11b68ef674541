{{ config(materialized='view') }}
{%- set policy = one_of('refund_date_policy', var('refund_date_policy'), ['refunded_on', 'ordered_on']) %}

with refunds as (
    select * from {{ ref('stg_refunds') }}
    where
        is_counted
        -- A refund counted on its order's day does not count before it was made.
        and {{ 'refunded_on <= ' ~ as_of_date() if policy == 'ordered_on' else 'true' }}
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
    lower(refunds.order_channel) as order_channel,
    refunds.amount,
    {{ 'coalesce(refunds.ordered_on, refunds.refunded_on)' if policy == 'ordered_on' else 'refunds.refunded_on' }} as counted_on
from refunds
left join customer_ids on refunds.refunded_customer_id = customer_ids.source_customer_id
