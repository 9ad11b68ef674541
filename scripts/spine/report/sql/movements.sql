-- One row per segment and cause: entries and exits after one day, up to another.
with movements as (
    select
        segment_key,
        unnest([{causes}]) as cause,
        unnest([{entries}]) as entries,
        unnest([{exits}]) as exits
    from marts.segment_daily
    where day > $after and day <= $until
    group by segment_key
)

select segment_key, cause, entries, exits
from movements
where entries > 0 or exits > 0
order by segment_key, entries + exits desc, cause
