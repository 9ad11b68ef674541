-- Every event before names, products and copies are looked up: one row per event.
with steps as (
    select
        *,
        unnest(range(step_count)) as step
    from visits
),

browsed as (
    select
        visit_key + step as happening_key,
        case when not is_nameless then number end as customer_number,
        case
            when is_nameless or chance(visit_key, 'seen by browser') < 0.4
                then visitor_name(number, case when chance(number, 'second device') < 0.3 then 1 + place % 2 else 1 end)
        end as anonymous_id,
        second + step * 50 + whole(visit_key + step, 'pause', 45) as second,
        case
            when step = 0 and chance(visit_key, 'entrance') < 0.04 then 'store_visited'
            when step = 0 then 'page_viewed'
            when stream = 8 and step % 2 = 0 then 'added_to_cart'
            when chance(visit_key + step, 'step') < 0.45 then 'product_viewed'
            when chance(visit_key + step, 'step') < 0.65 then 'page_viewed'
            when chance(visit_key + step, 'step') < 0.78 then 'searched'
            when chance(visit_key + step, 'step') < 0.88 then 'content_read'
            when chance(visit_key + step, 'step') < 0.95 then 'added_to_cart'
            when chance(visit_key + step, 'step') < 0.98 then 'logged_in'
            when chance(visit_key + step, 'step') < 0.995 then 'social_engaged'
            else ['wishlist_viewed', 'quiz_started', 'scroll'][1 + place % 3]
        end as event_name,
        case
            when chance(visit_key, 'source') < 0.6 then 'shop'
            when chance(visit_key, 'source') < 0.85 then 'ga4'
            else 'klaviyo'
        end as source,
        'web' as channel,
        product_in(category_for(visit_key + step, favourite), visit_key + step, spend) as product_number,
        null as mailing_number
    from steps
),

ordered as (
    select
        event_key(number, 1, order_key % 4096, 0) as visit_key,
        number,
        second,
        product_number,
        unnest(range(4)) as step
    from shop_orders
    where not is_quiet and chance(order_key, 'seen on the way') < 0.36
),

on_the_way as (
    select
        visit_key + step as happening_key,
        number as customer_number,
        case when chance(visit_key, 'seen by browser') < 0.4 then visitor_name(number, 1) end as anonymous_id,
        second - (4 - step) * 120 - whole(visit_key + step, 'pause', 100) as second,
        ['page_viewed', 'product_viewed', 'added_to_cart', 'checkout_started'][1 + step] as event_name,
        case when chance(visit_key, 'source') < 0.7 then 'shop' else 'ga4' end as source,
        'web' as channel,
        product_number,
        null as mailing_number
    from ordered
),

subscriber_events as (
    select
        number,
        4 as stream,
        place,
        start_second + 60 + floor(
            (least(coalesce(cancel_second, last_second()), last_second() - 28 * 86400) - start_second)
            * chance(event_key(number, 4, place, 0), 'moment')
        )::bigint as second
    from (
        select
            *,
            -- One use in four days until four weeks before the end, when the next branch takes over.
            unnest(range(greatest(0, least(
                900, (least(coalesce(cancel_second, last_second()), last_second() - 28 * 86400) - start_second) // 345600
            )))) as place
        from subscribers
    )
    union all
    select
        number,
        10 as stream,
        place,
        (days() - 28 + 14 * (place // 8)) * 86400 + whole(event_key(number, 10, place, 0), 'moment', 14 * 86400) as second
    from subscribers
    cross join range(16) as uses (place)
    where phase in ('paid', 'trial') and (not is_declining or place < 8 or place % 4 = 0)
    union all
    select
        number,
        7 as stream,
        place,
        start_second + 600 + floor(
            (last_second() - start_second - 600) * chance(event_key(number, 7, place, 0), 'moment')
        )::bigint as second
    from subscribers
    cross join range(3) as invitations (place)
    where phase in ('trial', 'paid') and chance(number, 'invites') < 0.5 and place <= number % 3
    union all
    select
        people.number,
        5 as stream,
        place,
        case
            when chance(people.number, 'paywall lately') < 0.5
                then (days() - 1) * 86400 - whole(event_key(people.number, 5, place, 0), 'moment', 27 * 86400)
            else greatest(0, people.sign_up_second) + floor(
                (last_second() - greatest(0, people.sign_up_second)) * chance(event_key(people.number, 5, place, 0), 'moment')
            )
        end::bigint as second
    from people
    cross join range(5) as hits (place)
    where chance(people.number, 'subscriber') >= 0.08
        and not people.is_quiet
        and chance(people.number, 'paywall') < 0.04
        and place <= people.number % 5
),

subscribed as (
    select
        event_key(subscriber_events.number, stream, place, 0) as happening_key,
        subscriber_events.number as customer_number,
        case when chance(event_key(subscriber_events.number, stream, place, 0), 'seen by browser') < 0.2
            then visitor_name(subscriber_events.number, 1) end as anonymous_id,
        second,
        case
            when stream = 5 then 'paywall_hit'
            when stream = 7 then 'teammate_invited'
            when place % 3 = 0 then 'app_opened'
            else 'feature_used'
        end as event_name,
        'product' as source,
        case when stream = 5 then 'web' else 'app' end as channel,
        null as product_number,
        null as mailing_number
    from subscriber_events
    inner join usage_spans on usage_spans.number = subscriber_events.number
    where second > usage_spans.known_from_second and second <= usage_spans.known_to_second
),

sent as (
    select
        number,
        3 as stream,
        place,
        open_share,
        is_quiet,
        -- A third of the messages come from always-on journeys, at any moment.
        case
            when chance(event_key(number, 3, place, 0), 'always on') < 0.3
                then getvariable('mailing_count') + 1 + whole(event_key(number, 3, place, 0), 'journey', 10)
            else 1 + floor(getvariable('mailing_count') * least(
                0.999999, start_share + (1 - start_share) * (place + chance(event_key(number, 3, place, 0), 'play')) / mail_count
            ))::bigint
        end as mailing_number,
        floor(last_second() * least(
            1, start_share + (1 - start_share) * (place + chance(event_key(number, 3, place, 0), 'play')) / mail_count
        ))::bigint as free_second
    from (
        select
            *,
            unnest(range(mail_count)) as place
        from (
            select
                *,
                case when chance(number, 'mailable') < 0.75 then least(300, floor(
                    exp(case kind when 'repeat' then 1.9 else 1.2 end + 0.8 * normal(number, 'mails')) * 1.6
                    * (1 - start_share) * getvariable('months') / 24 + chance(number, 'mail rounding')
                ))::bigint else 0 end as mail_count
            from people
        )
    )
    union all
    select
        number,
        11 as stream,
        place,
        open_share,
        is_quiet,
        getvariable('mailing_count') + 1 + place as mailing_number,
        last_second() - whole(event_key(number, 11, place, 0), 'moment', 6 * 86400) as free_second
    from people
    cross join range(8) as bursts (place)
    where end_share = 1 and place <= 4 + number % 4
        and chance(number, 'burst') < case when order_count >= 40 then 0.2 else 0.004 end
),

mailed as (
    select
        *,
        event_key(number, stream, place, 0) as message_key,
        case
            when is_always_on(mailing_number) then free_second
            else mailing_start(mailing_number) + whole(event_key(number, stream, place, 0), 'send', 14400)
        end as sent_second
    from sent
),

received as (
    select
        *,
        chance(message_key, 'bounce') < 0.015 as is_bounced,
        not is_quiet and chance(message_key, 'open') < open_share as is_opened,
        chance(message_key, 'reaction') as reaction,
        sent_second + 600 + floor(2 * 86400 * pow(chance(message_key, 'open delay'), 3))::bigint as open_second
    from mailed
),

outcomes as (
    select
        *,
        unnest(range(5)) as step
    from received
),

messages as (
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
            when step = 1 then case when is_bounced then 'message_bounced' else 'message_delivered' end
            when step = 2 then case when mailing_channel(mailing_number) = 'push' then 'push_opened' else 'message_opened' end
            when step = 3 then 'message_clicked'
            when reaction < 0.006 then 'message_unsubscribed'
            when reaction < 0.007 then 'message_complained'
            else 'message_replied'
        end as event_name,
        mailing_source(mailing_number) as source,
        mailing_channel(mailing_number) as channel,
        null as product_number,
        mailing_number
    from outcomes
    where step <= 1
        or (
            not is_bounced
            and is_opened
            and (
                (step = 2 and mailing_channel(mailing_number) <> 'sms')
                or (step = 3 and chance(message_key, 'click') < 0.18)
                or (step = 4 and reaction < 0.01)
            )
        )
)

select * from browsed
union all
select * from on_the_way
union all
select * from subscribed
union all
select * from messages
