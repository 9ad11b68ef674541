-- One in a hundred people shares the email or the device of the customer before. The kiosk stands in a shop:
-- some fifteen customers, spread over all of them, were seen at it.
with links as (
    select
        number,
        1 as place,
        'email' as identifier_type,
        email_of(person_number) as identifier
    from people
    where email_of(person_number) is not null
        and (number = person_number or chance(number, 'shared email') < 0.6)
    union all
    select
        number,
        2 as place,
        'phone' as identifier_type,
        phone_of(number) as identifier
    from people
    where number = person_number and phone_of(number) is not null
    union all
    select
        number,
        3 as place,
        'device' as identifier_type,
        numbered('dev-', person_number, 8) as identifier
    from people
    where chance(number, 'device') < 0.7 or chance(number, 'second id') < 0.01
    union all
    select
        number,
        4 as place,
        'anonymous_id' as identifier_type,
        visitor_name(number, 1) as identifier
    from people
    where chance(number, 'linked') < 0.85
    union all
    select
        number,
        5 as place,
        'anonymous_id' as identifier_type,
        visitor_name(number, 2) as identifier
    from people
    where chance(number, 'second device') < 0.3
    union all
    select
        number,
        6 as place,
        'device' as identifier_type,
        'dev-kiosk-01' as identifier
    from people
    where getvariable('customers') >= 300 and number % (getvariable('customers') // 15) = 0
    union all
    select
        number,
        7 as place,
        ['email', 'phone', 'device'][1 + number % 3] as identifier_type,
        ['unknown', '0000000', ''][1 + number % 3] as identifier
    from people
    where chance(number, 'junk identifier') < 0.002
    union all
    select
        number,
        8 as place,
        'account' as identifier_type,
        numbered('a', number, 7) as identifier
    from subscribers
),

versioned as (
    select
        links.*,
        people.sign_up_second + whole(links.number * 8 + links.place, 'link delay', 3600) as second,
        unnest(copies_of(links.number * 8 + links.place)) as version
    from links
    inner join people on people.number = links.number
)

select
    identifier_type,
    identifier,
    customer_name(number) as customer_id,
    at_second(second) as linked_at,
    at_second(loaded_second(second, number * 8 + place, version)) as loaded_at
from versioned
order by customer_id, place, loaded_at, version
