{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Most times of a column are midnights, which in the business time zone are of the day before: they may be days. Write days
-- without a time (2026-06-30): such a day is that business day.
select
    table_name,
    subject,
    affected_rows,
    total_rows
from {{ ref('data_quality') }}
where metric = 'midnights' and affected_share > 0.5
