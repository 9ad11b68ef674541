{{ config(tags=['health', 'rows_shown'], severity='warn', group='spine') }}
-- The newest row of a watched table is old, or there is none.
select
    table_name,
    newest_on,
    max_age_days_warn
from {{ ref('int_source_freshness') }}
where coalesce(age_days > max_age_days_warn, true)
