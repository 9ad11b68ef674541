-- One row per slot, an equal share of the period's whole weight: a uniform draw of a slot follows the seasons.
-- A day's weight is integer arithmetic, with a peak in November and December and weekends above weekdays.
with dated as (
    select
        day_number,
        getvariable('first_day') + day_number::integer as day_date
    from range(days()) as calendar (day_number)
),

weighted as (
    select
        day_number,
        [82, 80, 92, 95, 100, 98, 88, 86, 98, 104, 150, 165][month(day_date)]
        * [112, 96, 92, 94, 98, 108, 120][1 + dayofweek(day_date)] as weight
    from dated
),

summed as (
    select
        day_number,
        weight,
        (sum(weight) over (order by day_number))::bigint as weight_to_date,
        (sum(weight) over ())::bigint as weight_in_all
    from weighted
)

select
    slot,
    day_number as day
from summed
cross join range(slot_count()) as every_slot (slot)
where (2 * slot + 1) * weight_in_all >= (weight_to_date - weight) * 2 * slot_count()
    and (2 * slot + 1) * weight_in_all < weight_to_date * 2 * slot_count()
