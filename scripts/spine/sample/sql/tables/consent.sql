-- A first answer per channel at sign-up and, for some, a change of mind later.
with asked as (
    select
        people.number,
        people.sign_up_second,
        channels.channel,
        channels.place,
        people.number * 64 + channels.place * 8 as consent_key
    from people
    cross join (values ('email', 1, 0.96), ('sms', 2, 0.4), ('push', 3, 0.3), ('ads', 4, 0.5)) as channels (
        channel, place, asked_share
    )
    where chance(people.number * 64 + channels.place * 8, 'asked') < channels.asked_share
),

first_answers as (
    select
        number,
        channel,
        consent_key,
        sign_up_second + 30 as second,
        case
            when chance(consent_key, 'answer') < 0.76 then 'opted_in'
            when chance(consent_key, 'answer') < 0.80 then 'subscribed'
            when chance(consent_key, 'answer') < 0.90 then 'pending'
            else 'opted_out'
        end as status,
        case when chance(consent_key, 'purpose given') < 0.5 then 'marketing' end as purpose
    from asked
),

later_answers as (
    select
        number,
        channel,
        consent_key + 1 as consent_key,
        second_between(greatest(0, second), last_second(), chance(consent_key, 'later')) as second,
        case
            when chance(consent_key, 'change') < 0.045 then 'opted_out'
            when chance(consent_key, 'change') < 0.060 then 'unsubscribed'
            when chance(consent_key, 'change') < 0.080 and channel = 'email' then 'bounced'
            when chance(consent_key, 'change') < 0.080 then 'opted_out'
            when chance(consent_key, 'change') < 0.085 then 'complained'
            when chance(consent_key, 'change') < 0.087 then 'erased'
            else 'opted_in'
        end as status,
        purpose
    from first_answers
    where chance(consent_key, 'change') < 0.13
),

versioned as (
    select
        *,
        unnest(copies_of(consent_key)) as version
    from (
        select * from first_answers
        union all
        select * from later_answers
    )
)

select
    numbered('k', consent_key, 10) as consent_id,
    customer_name(number) as customer_id,
    channel,
    case when version = 2 then 'pending' else status end as status,
    at_second(second) as occurred_at,
    purpose,
    ['sign-up form', 'checkout', 'preference centre', 'esp'][1 + consent_key % 4] as source,
    at_second(loaded_second(second, consent_key, version)) as loaded_at
from versioned
order by consent_id, loaded_at, version
