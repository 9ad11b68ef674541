{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- An event name without a row in event_taxonomy weighs nothing. marts.data_quality names them.
select
    metric,
    count(*) as count_names,
    sum(affected_rows) as affected_rows
from {{ ref('data_quality') }}
where metric = 'unmapped_event_name'
group by metric
