with source as {{ inlined() }} (
    select * from {{ raw_rows('refunds', source('raw', 'refunds')) }}
),

typed as {{ inlined() }} (
    select
        {{ id_of('refund_id') }} as refund_id,
        {{ id_of('order_id') }} as order_id,
        {{ id_of('customer_id') }} as customer_id,
        {{ to_utc_timestamp('refunded_at') }} as refunded_at,
        {{ to_money('amount') }} as amount,
        {{ to_utc_timestamp('loaded_at') }} as loaded_at,
        {{ row_marks('refunds') }}
    from source
),

judged as (
    select
        *,
        case
            when {{ says_nothing('refund_id') }} then 'missing_key'
            when has_shortened_id then 'shortened_id'
            when refunded_at is null then 'unusable_timestamp'
            when amount is null then 'unusable_amount'
            when amount < 0 then 'negative_amount'
            when refunded_at > loaded_at + interval 1 day then 'loaded_before_it_happened'
            when order_id is null and customer_id is null then 'unattributable'
        end as quarantine_reason
    from typed
),

doubled as (
    {{ doubled_keys('refunds', 'judged') }}
),

versions as {{ inlined() }} (
    {{ versions_of('refunds', 'judged', 'doubled') }}
),

placed as {{ inlined() }} (
    select
        versions.*,
        orders.order_id is not null as is_known_order,
        orders.customer_id as ordering_customer_id,
        orders.ordered_on,
        orders.channel as order_channel,
        coalesce(orders.is_completed, true) as is_counted,
        coalesce(orders.exchange_rate, 1) as exchange_rate,
        coalesce(orders.original_currency, '{{ reporting_currency() }}') as currency_code
    from versions
    left join {{ ref('stg_orders') }} as orders on versions.order_id = orders.order_id
),

rejudged as (
    select
        *,
        case
            when quarantine_reason is not null then quarantine_reason
            when order_id is not null and not is_known_order then 'unknown_order'
            when {{ is_beyond_money('amount', 'exchange_rate') }} then 'beyond_money'
        end as final_reason
    from placed
),

ranked as (
    {{ newest_per_key('refunds', 'rejudged', reason='final_reason', careful=['amount desc']) }}
)

select
    {{ version_columns('refunds', reason='final_reason') }},
    ordering_customer_id,
    ordered_on,
    order_channel,
    is_counted,
    exchange_rate,
    currency_code
from ranked
