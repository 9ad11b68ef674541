-- One row per order with its moment and the person's tastes.
with planned as (
    select
        *,
        unnest(range(order_count)) as place
    from people
),

own as (
    select
        number * 4096 + place as order_key,
        number,
        -- A personal cadence with some play; the first order stands where the customer's time begins.
        start_share + (end_share - start_share) * case
            when place = 0 then 0
            else (place + 0.7 * (chance(number * 4096 + place, 'play') - 0.5))
                / (order_count - 0.65 + 0.65 * chance(number, 'since the last'))
        end as moment_share,
        has_pause,
        pause_start_day,
        pause_end_day
    from planned
),

guests as (
    select
        (10000000 + guest) * 4096 as order_key,
        10000000 + guest as number,
        chance(10000000 + guest, 'start') as moment_share
    from range(
        1 + (getvariable('low') - 1) * getvariable('months') // 80,
        1 + getvariable('high') * getvariable('months') // 80
    ) as guest_numbers (guest)
),

dated as (
    select
        own.order_key,
        own.number,
        slots.day
    from own
    inner join slots on slots.slot = slot_of(own.moment_share)
    where not own.has_pause or slots.day < own.pause_start_day or slots.day > own.pause_end_day
    union all
    select
        number * 4096 + 4000 as order_key,
        number,
        pause_end_day as day
    from people
    where has_pause
    union all
    select
        guests.order_key,
        guests.number,
        slots.day
    from guests
    inner join slots on slots.slot = slot_of(guests.moment_share)
)

select
    dated.order_key,
    dated.number,
    people.number is null as is_guest,
    dated.day,
    dated.day * 86400 + time_of_day(dated.order_key) as second,
    coalesce(people.favourite, 1 + whole(dated.number, 'favourite', 8)) as favourite,
    coalesce(people.spend, 1) as spend,
    coalesce(people.discount_share, 0.15) as discount_share,
    coalesce(people.currency, currency_of(dated.number)) as currency,
    people.staple_number,
    coalesce(people.is_quiet, true) as is_quiet
from dated
left join people on people.number = dated.number
