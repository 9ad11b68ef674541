with versioned as (
    select
        *,
        round(amount * 0.2, 2)::decimal(18, 2) as tax,
        case when amount < 50 then 4.90 else 0 end::decimal(18, 2) as shipping,
        unnest(copies_of(order_key)) as version
    from shop_orders
)

select
    order_name(order_number) as order_id,
    case
        when not is_guest then customer_name(number)
        when chance(number, 'junk') < 0.02 then ['guest', '0000000'][1 + number % 2]
    end as customer_id,
    case when not is_undated then at_second(second) end as ordered_at,
    case when is_negative then -amount else amount end::decimal(18, 2) as amount,
    case when version = 2 then 'pending' else status end as status,
    case when discount > 0 or chance(order_key, 'discount known') < 0.9 then discount end as discount_amount,
    case when currency <> 'USD' or chance(number, 'currency given') < 0.7 then currency end as currency,
    case
        when chance(order_key, 'channel') < 0.70 then 'web'
        when chance(order_key, 'channel') < 0.88 then 'app'
        when chance(order_key, 'channel') < 0.98 then 'store'
    end as channel,
    tax,
    shipping,
    (amount + tax + shipping)::decimal(18, 2) as total,
    status = 'failed' and chance(order_key, 'test') < 0.3 as is_test,
    at_second(loaded_second(second, order_key, version)) as loaded_at
from versioned
order by order_id, loaded_at, version
