-- One row per visit; `number` is a customer or a visitor without a name.
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
        place,
        start_share + (last_look_share - start_share)
        * (place + chance(event_key(number, 2, place, 0), 'play')) / visit_count as moment_share,
        sign_up_second,
        favourite,
        spend
    from browsing
),

-- Half of the people looked around before they signed up.
customer_visits as (
    select
        spread.number,
        event_key(spread.number, 2, spread.place, 0) as visit_key,
        spread.place,
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
),

-- Some who cancelled came back to look in each of the last two weeks.
second_thoughts as (
    select
        number,
        event_key(number, 6, place, 0) as visit_key,
        place,
        (days() - 1 - 7 * place - whole(event_key(number, 6, place, 0), 'day', 7)) * 86400
        + time_of_day(event_key(number, 6, place, 0)) as second,
        sign_up_second,
        favourite,
        spend
    from subscribers
    cross join range(2) as places (place)
    where phase = 'cancelled' and chance(number, 'looks back') < 0.3
),

binges as (
    select
        number,
        event_key(number, 8, place, 0) as visit_key,
        place,
        (days() - 91 - place % 2) * 86400 + time_of_day(event_key(number, 8, place, 0)) as second,
        sign_up_second,
        favourite,
        spend
    from people
    cross join range(14) as places (place)
    where is_binger
),

nameless_visits as (
    select
        20000000 + visitor as number,
        event_key(20000000 + visitor, 9, 0, 0) as visit_key,
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
),

together as (
    select * from customer_visits
    union all
    select * from second_thoughts
    union all
    select * from binges
    union all
    select * from nameless_visits
)

select
    number,
    visit_key,
    place,
    second,
    favourite,
    spend,
    stream_of(visit_key) = 8 as is_binge,
    -- Before sign-up always, later now and then.
    sign_up_second is null or second < sign_up_second or chance(visit_key, 'signed out') < 0.08 as is_nameless,
    case
        when stream_of(visit_key) = 8 then 16
        else 2 + floor(9 * pow(chance(visit_key, 'steps'), 1.8))
    end::bigint as step_count
from together
where second between 0 and last_second()
