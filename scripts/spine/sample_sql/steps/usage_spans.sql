-- From when to when usage of a customer can be seen.
select
    people.number,
    coalesce(subscribers.start_second, people.sign_up_second) as known_from_second,
    coalesce(subscribers.cancel_second, last_second()) as known_to_second
from people
left join subscribers on subscribers.number = people.number
