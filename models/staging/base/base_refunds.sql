with source as (
    select * from {{ source('raw', 'refunds') }}
),

typed as (
    select
        {{ to_text('refund_id') }} as refund_id,
        {{ to_text('order_id') }} as order_id,
        {{ to_text('customer_id') }} as customer_id,
        {{ to_utc_timestamp('refunded_at') }} as refunded_at,
        {{ to_money('amount') }} as amount,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ unreadable_columns('refunds') }} as unreadable_columns,
        {{ row_as_json('refunds') }} as row_json
    from source
),

placed as (
    select
        typed.*,
        orders.order_id is not null as is_known_order,
        orders.customer_id as ordering_customer_id,
        orders.ordered_on,
        coalesce(orders.is_completed, true) as is_counted,
        coalesce(orders.exchange_rate, 1) as exchange_rate
    from typed
    left join {{ ref('stg_orders') }} as orders on typed.order_id = orders.order_id
),

judged as (
    select
        *,
        coalesce(refund_id, '') as row_key,
        {{ is_known('loaded_at') }} as is_known,
        case
            when refund_id is null then 'missing_key'
            when refunded_at is null then 'unusable_timestamp'
            when amount is null then 'unusable_amount'
            when amount < 0 then 'negative_amount'
            when refunded_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
            when order_id is null and customer_id is null then 'unattributable'
            when order_id is not null and not is_known_order then 'unknown_order'
            when {{ is_beyond_money('amount', 'exchange_rate') }} then 'beyond_money'
        end as quarantine_reason
    from placed
)

select * from judged
