{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Many values of an optional column that are nothing of their type: the column has another format than the contract's. Of
-- is_test one is enough, for an order whose mark cannot be read counts.
select
    table_name,
    subject,
    affected_rows,
    affected_share
from {{ ref('data_quality') }}
where
    metric = 'unreadable_values'
    and (subject = 'is_test' and affected_rows > 0 or affected_share > {{ share('max_reject_share') }})
