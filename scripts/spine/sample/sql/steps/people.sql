-- One row per customer: who they are, when they came and went, how often they order and browse.
with kinds as (
    select
        number,
        case
            when chance(number, 'kind') < 0.15 then 'prospect'
            when chance(number, 'kind') < 0.66 then 'single'
            else 'repeat'
        end as kind
    from range(getvariable('low'), getvariable('high') + 1) as numbers (number)
),

traits as (
    select
        number,
        kind,
        -- A few people hold two customer ids; the second carries the first one's email or device.
        number - case when number > 1 and chance(number, 'second id') < 0.01 then 1 else 0 end as person_number,
        1 + floor(8 * pow(chance(number, 'favourite'), 1.3))::bigint as favourite,
        exp(0.45 * normal(number, 'spend')) as spend,
        case when chance(number, 'bargains') < 0.15 then 0.75 else 0.12 end as discount_share,
        currency_of(number) as currency,
        kind = 'repeat' and chance(number, 'staple') < 0.3 as has_staple,
        1 + whole(number, 'staple product', 90) as staple_number,
        -- Those who looked at everything for three days thirteen weeks ago, and never again.
        kind <> 'repeat' and days() > 110 and chance(number, 'binge') < 0.003 as is_binger,
        case
            when kind = 'repeat' then 0.97 * pow(chance(number, 'start'), 1.8)
            else chance(number, 'start')
        end as drawn_start
    from kinds
),

spans as (
    select
        *,
        case when is_binger then least(drawn_start, 1 - 105.0 / days()) else drawn_start end as start_share,
        chance(number, 'stay') < 0.55 as is_staying
    from traits
),

ends as (
    select
        *,
        case when is_staying then 1 else start_share + (1 - start_share) * chance(number, 'end') end
            as drawn_end
    from spans
),

rates as (
    select
        ends.*,
        slots.day as start_day,
        60 * exp(1.15 * normal(number, 'rate')) as drive,
        coalesce(catalogue.replenish_days, 30) as staple_days,
        kind = 'repeat' and chance(number, 'pause') < 0.10 as may_pause,
        185 + whole(number, 'pause days', 150) as pause_days
    from ends
    inner join slots on slots.slot = slot_of(ends.start_share)
    inner join catalogue on catalogue.product_number = ends.staple_number
),

pauses as (
    select
        *,
        -- Those with a staple order when it runs out. Of the others nobody orders more often than once in six days,
        -- however great the drive.
        case
            when has_staple then days() / staple_days
            else drive * 115 / (drive + 115) * getvariable('months') / 24
        end as orders_in_period,
        -- Two in five of those who come back do so in the last four weeks.
        case
            when chance(number, 'recent comeback') < 0.4 then days() - 1 - whole(number, 'comeback', 28)
            else start_day + 230 + whole(number, 'comeback', greatest(1, days() - start_day - 231))
        end as pause_end_day
    from rates
),

accounts as (
    select
        *,
        may_pause and pause_end_day < days() and pause_end_day - pause_days > start_day + 5 as has_pause,
        pause_end_day - pause_days as pause_start_day,
        case when may_pause and pause_end_day < days() then 1 else drawn_end end as end_share,
        -- Accounts of the first weeks were opened long before the period.
        time_of_day(number) + 86400 * (
            start_day - 1 - case
                when start_share < 0.04 then whole(number, 'sign-up', 700)
                when chance(number, 'soon') < 0.5 then 0
                else whole(number, 'sign-up', 20)
            end
        ) as sign_up_second
    from pauses
)

select
    number,
    kind,
    person_number,
    favourite,
    spend,
    discount_share,
    currency,
    case when has_staple then staple_number end as staple_number,
    is_binger,
    start_share,
    end_share,
    has_pause,
    pause_start_day,
    pause_end_day,
    case kind
        when 'prospect' then 0
        when 'single' then 1
        else greatest(2, round(orders_in_period * (end_share - start_share)))::bigint
    end as order_count,
    -- Quiet people buy without being seen: no visit is recorded and no message opened.
    is_binger or chance(number, 'quiet') < 0.2 as is_quiet,
    0.1 + 0.5 * chance(number, 'opens') as open_share,
    case
        when kind = 'repeat' then least(1, end_share + 0.05 * chance(number, 'lingers'))
        when chance(number, 'keeps looking') < 0.35 then 1
        else least(1, start_share + 0.15 * chance(number, 'lingers'))
    end as last_look_share,
    case
        when is_binger then 0
        else least(400, floor(
            exp(case kind when 'repeat' then 1.9 when 'prospect' then 1.8 else 0.95 end)
            * exp(1.1 * normal(number, 'visits'))
            * greatest(0.15, 1.3 * (1 - start_share)) * getvariable('months') / 24
            + chance(number, 'visit rounding')
        ))::bigint
    end as visit_count,
    sign_up_second,
    greatest(0, sign_up_second) as known_second
from accounts
