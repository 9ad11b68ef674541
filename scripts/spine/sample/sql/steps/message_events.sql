-- One row per thing that happens to a message: sent, delivered or bounced, opened, clicked, answered.
with counted as (
    select
        number,
        start_share,
        open_share,
        is_quiet,
        case
            when chance(number, 'mailable') < 0.75
                then least(300, floor(
                    exp(case kind when 'repeat' then 1.9 else 1.2 end + 0.8 * normal(number, 'mails'))
                    * 1.6 * (1 - start_share) * getvariable('months') / 24
                    + chance(number, 'mail rounding')
                ))::bigint
            else 0
        end as message_count
    from people
),

placed as (
    select
        *,
        unnest(range(message_count)) as place
    from counted
),

regular as (
    select
        event_key(number, 3, place, 0) as message_key,
        number,
        open_share,
        is_quiet,
        least(
            0.999999,
            start_share + (1 - start_share)
            * (place + chance(event_key(number, 3, place, 0), 'play')) / message_count
        ) as moment_share
    from placed
),

-- Three in ten come from always-on journeys, at any moment.
addressed as (
    select
        message_key,
        number,
        open_share,
        is_quiet,
        case
            when chance(message_key, 'always on') < 0.3
                then getvariable('mailing_count') + 1 + whole(message_key, 'journey', 10)
            else 1 + floor(getvariable('mailing_count') * moment_share)::bigint
        end as mailing_number,
        floor(last_second() * moment_share)::bigint as free_second
    from regular
),

-- Some of the best customers, and few others, got five messages or more in the last six days.
bursts as (
    select
        event_key(number, 11, place, 0) as message_key,
        number,
        open_share,
        is_quiet,
        getvariable('mailing_count') + 1 + place as mailing_number,
        last_second() - whole(event_key(number, 11, place, 0), 'moment', 6 * 86400) as free_second
    from people
    cross join range(8) as places (place)
    where end_share = 1
        and place <= 4 + number % 4
        and chance(number, 'burst') < case when order_count >= 40 then 0.2 else 0.004 end
),

together as (
    select * from addressed
    union all
    select * from bursts
),

sent as (
    select
        *,
        case
            when is_always_on(mailing_number) then free_second
            else mailing_start(mailing_number) + whole(message_key, 'send', 14400)
        end as sent_second
    from together
),

received as (
    select
        *,
        chance(message_key, 'bounce') < 0.015 as is_bounced,
        not is_quiet and chance(message_key, 'open') < open_share as is_opened,
        chance(message_key, 'reaction') as reaction,
        sent_second + 600 + floor(2 * 86400 * pow(chance(message_key, 'open delay'), 3))::bigint as open_second,
        mailing_channel(mailing_number) as channel,
        unnest(range(5)) as step
    from sent
)

select
    message_key + step as happening_key,
    number as customer_number,
    null as anonymous_id,
    case
        when step = 0 then sent_second
        when step = 1 then sent_second + 5 + whole(message_key, 'transit', 50)
        else open_second + (step - 2) * 40
    end as second,
    case
        when step = 0 then 'message_sent'
        when step = 1 and is_bounced then 'message_bounced'
        when step = 1 then 'message_delivered'
        when step = 2 and channel = 'push' then 'push_opened'
        when step = 2 then 'message_opened'
        when step = 3 then 'message_clicked'
        when reaction < 0.006 then 'message_unsubscribed'
        when reaction < 0.007 then 'message_complained'
        else 'message_replied'
    end as event_name,
    mailing_source(mailing_number) as source,
    channel,
    null as product_number,
    mailing_number
from received
where step <= 1
    or (
        not is_bounced
        and is_opened
        and (
            (step = 2 and channel <> 'sms')
            or (step = 3 and chance(message_key, 'click') < 0.18)
            or (step = 4 and reaction < 0.01)
        )
    )
