with returned as (
    select
        order_key as refund_key,
        numbered('r', order_number, 9) as refund_id,
        -- Now and then a refund names an order that the shop has never seen.
        case when order_number % 797 = 5 then unknown_order_name(order_number) else order_name(order_number) end
            as order_id,
        case when not is_guest and chance(order_key, 'refund names') < 0.3 then customer_name(number) end
            as customer_id,
        return_second as second,
        case
            when status = 'refunded' then amount
            else round(amount * (0.2 + 0.5 * chance(order_key, 'refund share')), 2)
        end::decimal(18, 2) as amount
    from shop_orders
    where is_returned
),

credit_notes as (
    select
        number as refund_key,
        numbered('rc', number, 8) as refund_id,
        null as order_id,
        customer_name(number) as customer_id,
        second_between(known_second, last_second(), chance(number, 'credit time')) as second,
        (5 + whole(number, 'credit', 21))::decimal(18, 2) as amount
    from people
    where kind <> 'prospect' and chance(number, 'credit note') < 0.004
),

versioned as (
    select
        *,
        unnest(copies_of(refund_key)) as version
    from (
        select * from returned
        union all
        select * from credit_notes
    )
)

select
    refund_id,
    order_id,
    customer_id,
    at_second(second) as refunded_at,
    case when version = 2 then round(amount / 2, 2) else amount end::decimal(18, 2) as amount,
    at_second(loaded_second(second, refund_key, version)) as loaded_at
from versioned
order by refund_id, loaded_at, version
