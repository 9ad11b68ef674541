with versioned as (
    select
        *,
        unnest(copies_of(number)) as version
    from subscribers
)

select
    numbered('s', number, 7) as subscription_id,
    customer_name(number) as customer_id,
    numbered('a', number, 7) as account_id,
    ['basic', 'pro', 'team'][plan_number] as plan,
    case
        when version = 2 then 'trialing'
        when phase = 'trial' then case when number % 2 = 0 then 'trialing' else 'trial' end
        when phase = 'paid' then case when chance(number, 'status given') < 0.95 then 'active' end
        when phase = 'cancelled' then case when number % 2 = 0 then 'cancelled' else 'canceled' end
        else ['past_due', 'paused', 'expired'][1 + number % 3]
    end as status,
    at_second(start_second) as started_at,
    case
        when phase = 'trial' then at_second(start_second + 14 * 86400 + 7200)
        when chance(number, 'had a trial') < 0.6 and start_second + 14 * 86400 <= last_second()
            then at_second(start_second + 14 * 86400)
    end as trial_ends_at,
    case when phase in ('trial', 'paid') then at_second(renewal_second) end as renews_at,
    case when version <> 2 then at_second(cancel_second) end as cancelled_at,
    [9, 29, 99][plan_number]::decimal(18, 2) as monthly_amount,
    at_second(loaded_second(
        case when version <> 2 and cancel_second is not null then cancel_second else start_second end,
        number,
        version
    )) as loaded_at
from versioned
order by subscription_id, loaded_at, version
