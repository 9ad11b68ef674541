-- One row per use of the subscription, invitation or paywall hit. What an event is called is told last: DuckDB
-- 2.0.0 stops with an internal error ("global dictionary changed identity") where texts made in the branches of
-- a union go through a join.
with uses as (
    select
        number,
        unnest(range(least(900, greatest(0, (early_end_second - start_second) // (4 * 86400))))) as place,
        start_second,
        early_end_second
    from subscribers
),

-- One use in four days until four weeks before the end.
early_uses as (
    select
        number,
        event_key(number, 4, place, 0) as happening_key,
        place,
        second_between(start_second + 60, early_end_second, chance(event_key(number, 4, place, 0), 'moment'))
            as second
    from uses
),

-- Four in a week of the last four; in the second half of them a declining subscriber comes twice in all.
late_uses as (
    select
        number,
        event_key(number, 10, place, 0) as happening_key,
        place,
        (days() - 28 + 14 * (place // 8)) * 86400
        + whole(event_key(number, 10, place, 0), 'moment', 14 * 86400) as second
    from subscribers
    cross join range(16) as places (place)
    where phase in ('paid', 'trial') and (not is_declining or place < 8 or place % 4 = 0)
),

invitations as (
    select
        number,
        event_key(number, 7, place, 0) as happening_key,
        place,
        second_between(start_second + 600, last_second(), chance(event_key(number, 7, place, 0), 'moment'))
            as second
    from subscribers
    cross join range(3) as places (place)
    where phase in ('trial', 'paid') and chance(number, 'invites') < 0.5 and place <= number % 3
),

-- Half of those without a subscription who meet the paywall do so in the last four weeks.
paywall_hits as (
    select
        people.number,
        event_key(people.number, 5, place, 0) as happening_key,
        place,
        second_between(
            case
                when chance(people.number, 'paywall lately') < 0.5
                    then greatest(people.known_second, last_second() - 28 * 86400)
                else people.known_second
            end,
            last_second(),
            chance(event_key(people.number, 5, place, 0), 'moment')
        ) as second
    from people
    cross join range(5) as places (place)
    where not is_subscriber(people.number)
        and not people.is_quiet
        and chance(people.number, 'paywall') < 0.04
        and place <= people.number % 5
),

together as (
    select * from early_uses
    union all
    select * from late_uses
    union all
    select * from invitations
    union all
    select * from paywall_hits
),

streamed as (
    select
        together.*,
        stream_of(together.happening_key) as stream
    from together
    inner join usage_spans on usage_spans.number = together.number
    where together.second > usage_spans.first_second and together.second <= usage_spans.last_second
)

select
    happening_key,
    number as customer_number,
    case when chance(happening_key, 'seen by browser') < 0.2 then visitor_name(number, 1) end as anonymous_id,
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
from streamed
