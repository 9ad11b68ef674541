{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Many lines of orders that count have no category, of their own or of their product, where others have one: what rests on a
-- category counts too little. Bring the products that are missing, or their categories.
select
    affected_rows,
    total_rows
from {{ ref('data_quality') }}
where metric = 'uncategorised_lines' and affected_share > 0.25 and affected_share < 1
