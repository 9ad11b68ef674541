with counted as (
    select
        number,
        known_second,
        unnest(range(case
            when chance(number, 'tickets') < 0.02 then 4
            when chance(number, 'tickets') < 0.09 then 1
            else 0
        end)) as place
    from people
),

opened as (
    select
        number,
        number * 16 + place as ticket_key,
        second_between(known_second, last_second(), chance(number * 16 + place, 'opened')) as second
    from counted
),

timed as (
    select
        *,
        second + 3600 + whole(ticket_key, 'solving', 5 * 86400) as close_second,
        unnest(copies_of(ticket_key)) as version
    from opened
),

-- The older state of a ticket is the open one.
judged as (
    select
        *,
        version <> 2 and close_second <= last_second() and chance(ticket_key, 'left open') >= 0.03 as is_closed
    from timed
)

select
    numbered('t', ticket_key, 9) as ticket_id,
    customer_name(number) as customer_id,
    at_second(second) as opened_at,
    case when is_closed then at_second(close_second) end as closed_at,
    case
        when version <> 2 and chance(ticket_key, 'rates') < 0.6
            then 5 - floor(5 * pow(chance(ticket_key, 'satisfaction'), 1.8))
    end::integer as satisfaction,
    case
        when version <> 2 and chance(ticket_key, 'recommends') < 0.35
            then 10 - floor(11 * pow(chance(ticket_key, 'nps'), 1.6))
    end::integer as nps,
    at_second(loaded_second(case when is_closed then close_second else second end, ticket_key, version))
        as loaded_at
from judged
order by ticket_id, loaded_at, version
