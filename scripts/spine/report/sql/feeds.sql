-- One row per raw table and, of events, source and name: its newest day, and how many rows have come of late.
select
    table_name,
    source,
    event_name,
    newest_on,
    age_days,
    is_old,
    [rows_7d, rows_8_to_14d, rows_15_to_21d, rows_22_to_28d, rows_29_to_35d] as rows_by_week
from marts.feed_freshness
where newest_on is not null
order by table_name, source, event_name
