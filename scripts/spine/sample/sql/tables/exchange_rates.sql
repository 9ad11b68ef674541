-- A week before the first day, so that every order finds a rate on or before its day in any time zone.
with steps as (
    select
        currency,
        base,
        day_number,
        whole(day_number + 8 + 100000 * place, 'rate', 201) - 100 as step
    from (values ('EUR', 108000, 1), ('GBP', 127000, 2)) as currencies (currency, base, place)
    cross join range(-7, days() + 2) as calendar (day_number)
)

select
    currency,
    (getvariable('first_day') + day_number::integer)::date as valid_on,
    ((base + sum(step) over (partition by currency order by day_number)) / 100000)::decimal(18, 6) as rate
from steps
order by currency, valid_on
