-- One row per segment that a change of its rule has moved: the last day of that, and how many entered and left.
select
    segment_key,
    max(day) as changed_on,
    arg_max(entries_rule, day) as entries,
    arg_max(exits_rule, day) as exits
from marts.segment_daily
where entries_rule + exits_rule > 0
group by segment_key
