{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- A new version of a row has its customer and its time; another thing under the same key has not: two shops with the same order
-- numbers, two tools with the same event ids. One of the two is lost. Give the keys their source ('shop1-1001').
select
    table_name,
    subject,
    affected_rows,
    affected_share
from {{ ref('data_quality') }}
where
    metric = 'contradicting_versions'
    and (subject = 'customer_id' or table_name in ('orders', 'events', 'refunds', 'support_tickets', 'subscriptions'))
