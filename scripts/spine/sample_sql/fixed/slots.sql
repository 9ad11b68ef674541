-- A day's weight is integer arithmetic: a peak in November and December, weekends above weekdays. A slot is an equal
-- share of the period's whole weight, so that a uniform draw of a slot follows the seasons.
with weighted as (
    select
        day_number,
        [82, 80, 92, 95, 100, 98, 88, 86, 98, 104, 150, 165][month(getvariable('first_day') + day_number::integer)]
        * [112, 96, 92, 94, 98, 108, 120][1 + dayofweek(getvariable('first_day') + day_number::integer)] as weight
    from range(days()) as calendar (day_number)
),

summed as (
    select
        day_number,
        (sum(weight) over (order by day_number))::bigint as weight_to_date,
        (sum(weight) over ())::bigint as weight_in_all
    from weighted
),

ranged as (
    select
        day_number,
        weight_to_date,
        coalesce(lag(weight_to_date) over (order by day_number), 0) as weight_before,
        weight_in_all
    from summed
)

select
    slot,
    day_number as day
from ranged
cross join range(slot_count()) as every_slot (slot)
where (2 * slot + 1) * weight_in_all >= weight_before * 2 * slot_count()
    and (2 * slot + 1) * weight_in_all < weight_to_date * 2 * slot_count()
