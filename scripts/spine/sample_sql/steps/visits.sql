-- Streams: 1 on the way to an order, 2 browsing, 3 mailings, 4 usage, 5 paywall, 6 cancelled and back to look,
-- 7 invitations, 8 bingers, 9 visitors without a name, 10 usage of the last four weeks, 11 a burst of messages.
with browsing as (
    select
        *,
        unnest(range(visit_count)) as place
    from people
    where not is_quiet
),

spread as (
    select
        number,
        sign_up_second,
        favourite,
        spend,
        place,
        start_share + (last_look_share - start_share) * (place + chance(event_key(number, 2, place, 0), 'play')) / visit_count
            as moment_share
    from browsing
),

started as (
    select
        spread.number,
        2 as stream,
        spread.place,
        -- Half of the people looked around before they signed up.
        case
            when spread.place = 0 and chance(spread.number, 'looks first') < 0.5
                then spread.sign_up_second - 900 - whole(spread.number, 'before', 3 * 86400)
            else slots.day * 86400 + time_of_day(event_key(spread.number, 2, spread.place, 0))
        end as second,
        spread.sign_up_second,
        spread.favourite,
        spread.spend
    from spread
    inner join slots on slots.slot = slot_of(spread.moment_share)
    union all
    select
        number,
        6 as stream,
        place,
        (days() - 1 - 7 * place - whole(event_key(number, 6, place, 0), 'day', 7)) * 86400
        + time_of_day(event_key(number, 6, place, 0)) as second,
        sign_up_second,
        favourite,
        spend
    from subscribers
    cross join range(2) as weeks (place)
    where phase = 'cancelled' and chance(number, 'looks back') < 0.3
    union all
    select
        number,
        8 as stream,
        place,
        (days() - 91 - place % 2) * 86400 + time_of_day(event_key(number, 8, place, 0)) as second,
        sign_up_second,
        favourite,
        spend
    from people
    cross join range(14) as rounds (place)
    where is_binger
    union all
    select
        20000000 + visitor as number,
        9 as stream,
        0 as place,
        slots.day * 86400 + time_of_day(20000000 + visitor) as second,
        null as sign_up_second,
        1 + whole(20000000 + visitor, 'favourite', 8) as favourite,
        1 as spend
    from range(
        1 + (getvariable('low') - 1) * getvariable('months') // 120,
        1 + getvariable('high') * getvariable('months') // 120
    ) as visitors (visitor)
    inner join slots on slots.slot = slot_of(chance(20000000 + visitor, 'start'))
)

select
    number,
    stream,
    place,
    second,
    favourite,
    spend,
    event_key(number, stream, place, 0) as visit_key,
    sign_up_second is null or second < sign_up_second or chance(event_key(number, stream, place, 0), 'signed out') < 0.08
        as is_nameless,
    case when stream = 8 then 16 else 2 + floor(9 * pow(chance(event_key(number, stream, place, 0), 'steps'), 1.8)) end::bigint
        as step_count
from started
where second between 0 and last_second()
