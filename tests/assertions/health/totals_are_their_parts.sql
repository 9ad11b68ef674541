{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Totals of many orders are not amount, tax and shipping together: most likely the amounts hold tax or shipping already, and
-- revenue is too high by them; or something else is charged, such as gift cards and tips. Section invoices of
-- marts.does_it_add_up sums them up.
select
    affected_rows,
    total_rows,
    affected_share
from {{ ref('data_quality') }}
where metric = 'differing_totals' and affected_share > {{ share('max_reject_share') }}
