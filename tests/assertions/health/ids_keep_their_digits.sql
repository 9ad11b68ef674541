{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Most long ids end in zeros after their fifteenth digit: a spreadsheet has rounded them, so that customers share an id.
-- Export them again.
select
    affected_rows,
    total_rows,
    affected_share
from {{ ref('data_quality') }}
where metric = 'rounded_ids' and affected_rows > 1 and affected_share > 0.5
