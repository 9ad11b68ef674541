{{ config(materialized='view') }}
{%- set policy = one_of('refund_date_policy', var('refund_date_policy'), ['refunded_on', 'ordered_on']) %}

with feeds as (
    select * from {{ ref('int_feeds') }} where feed = 'refunds'
),

-- Where a shop brings no refunds, the status of an order is all that says that its money went back.
refunds as (
    select
        refund_id, order_id, refunded_customer_id, order_channel, original_currency, original_amount, amount,
        {{ 'coalesce(ordered_on, refunded_on)' if policy == 'ordered_on' else 'refunded_on' }} as counted_on,
        false as is_implied
    from {{ ref('stg_refunds') }}
    -- Even one that is counted on its order's day does not count before it was made.
    where is_counted and refunded_on <= {{ as_of_date() }}
    union all
    select
        'implied by ' || order_id, order_id, customer_id, channel, original_currency, original_amount, amount,
        ordered_on,
        true
    from {{ ref('stg_orders') }}
    where is_completed and order_status = 'refunded' and not (select is_there from feeds)
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
    refunds.original_currency,
    refunds.original_amount,
    refunds.amount,
    refunds.counted_on,
    refunds.is_implied
from refunds
left join customer_ids on refunds.refunded_customer_id = customer_ids.source_customer_id
where refunds.counted_on <= {{ as_of_date() }}
