{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- A name without a row in its rule table is not understood: an event weighs nothing, a status is no revenue, no consent and
-- no live subscription, an opt-in for a channel (e-mail is not email) grants nothing. marts.data_quality names them.
select
    metric,
    table_name,
    count(*) as count_names,
    sum(affected_rows) as affected_rows,
    sum(affected_share) as affected_share
from {{ ref('data_quality') }}
where metric like 'unmapped%'
group by metric, table_name
