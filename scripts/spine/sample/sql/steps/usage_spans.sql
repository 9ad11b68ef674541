-- From when to when a customer's use can be seen.
select
    people.number,
    coalesce(subscribers.start_second, people.known_second) as first_second,
    coalesce(subscribers.cancel_second, last_second()) as last_second
from people
left join subscribers on subscribers.number = people.number
