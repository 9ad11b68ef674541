{{ config(tags=['rules']) }}
-- An order without a status counts as completed.
select
    'order_statuses' as rule_table,
    'completed' as source_status,
    'the status of orders that name none is missing, or is no revenue' as problem
from {{ ref('order_statuses') }}
having count(case when source_status = 'completed' and is_revenue then 1 end) = 0
