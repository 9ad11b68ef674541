-- One row per segment and day: the sizes that the lines beside the segments are drawn from.
select segment_key, day, customers
from marts.segment_daily
where day >= $first and day <= $until and customers is not null
order by segment_key, day
