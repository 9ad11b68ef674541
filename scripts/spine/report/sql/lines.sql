-- One row per score, cell, stage or tier, and metric that bounds it: where the lines are on the day.
select
    cut_points.rule_table,
    cut_points.priority,
    cut_points.band,
    cut_points.segment_key,
    cut_points.metric,
    cut_points.meaning,
    cut_points.unit,
    cut_points.lowest_value,
    cut_points.highest_value,
    cut_points.min_share,
    cut_points.max_share
from marts.cut_points as cut_points
order by cut_points.rule_table, cut_points.priority, cut_points.metric
