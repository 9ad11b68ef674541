{{ config(tags=['health', 'rows_shown'], severity='error', group='spine') }}
-- The newest row of a watched table is far too old for its segments to say anything about as_of_date.
select
    table_name,
    newest_on,
    max_age_days_error
from {{ ref('int_source_freshness') }}
where age_days > max_age_days_error
