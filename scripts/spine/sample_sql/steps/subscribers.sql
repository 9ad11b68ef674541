-- One row per subscription; a phase is what it is at the end of the period.
with phased as (
    select
        *,
        case
            when chance(number, 'phase') < 0.15 then 'trial'
            when chance(number, 'phase') < 0.62 then 'paid'
            when chance(number, 'phase') < 0.93 then 'cancelled'
            else 'halted'
        end as phase
    from people
    where chance(number, 'subscriber') < 0.08
),

started as (
    select
        *,
        greatest(0, sign_up_second) + case
            when phase = 'trial' then greatest(
                60, last_second() - greatest(0, sign_up_second) - 7200 - whole(number, 'trial age', 13 * 86400)
            )
            else 60 + floor(
                (last_second() - greatest(0, sign_up_second) - 7200) * chance(number, 'subscription start')
            )::bigint
        end as start_second,
        1 + floor(3 * pow(chance(number, 'plan'), 1.5))::bigint as plan_number,
        chance(number, 'yearly') < 0.25 as is_yearly
    from phased
)

select
    *,
    case
        when phase = 'cancelled'
            then start_second + 3600 + floor((last_second() - start_second - 3600) * chance(number, 'cancels'))::bigint
    end as cancel_second,
    phase = 'paid' and chance(number, 'declines') < 0.25 as is_declining,
    -- The next renewal after the period: a whole number of terms after the start.
    start_second + (case when is_yearly then 365 else 30 end) * 86400
    * (1 + (last_second() - start_second) // ((case when is_yearly then 365 else 30 end) * 86400)) as renewal_second
from started
