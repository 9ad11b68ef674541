-- One row per subscription; its phase is what it is at the end of the period.
with phased as (
    select
        *,
        case
            when chance(number, 'phase') < 0.15 then 'trial'
            when chance(number, 'phase') < 0.62 then 'paid'
            when chance(number, 'phase') < 0.93 then 'cancelled'
            else 'halted'
        end as phase,
        1 + floor(3 * pow(chance(number, 'plan'), 1.5))::bigint as plan_number,
        case when chance(number, 'yearly') < 0.25 then 365 else 30 end * 86400 as term_seconds
    from people
    where is_subscriber(number)
),

-- A trial began in the last thirteen days, anything else at any time since the customer is known.
started as (
    select
        *,
        case
            when phase = 'trial'
                then greatest(known_second + 60, last_second() - 7200 - whole(number, 'trial age', 13 * 86400))
            else second_between(known_second + 60, last_second() - 7200, chance(number, 'subscription start'))
        end as start_second
    from phased
),

cancelled as (
    select
        *,
        case
            when phase = 'cancelled'
                then second_between(start_second + 3600, last_second(), chance(number, 'cancels'))
        end as cancel_second
    from started
)

select
    *,
    least(coalesce(cancel_second, last_second()), last_second() - 28 * 86400) as early_end_second,
    phase = 'paid' and chance(number, 'declines') < 0.25 as is_declining,
    -- The first renewal after the period: a whole number of terms after the start.
    start_second + term_seconds * (1 + (last_second() - start_second) // term_seconds) as renewal_second
from cancelled
