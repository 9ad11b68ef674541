{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- A status without a row in its seed counts as no revenue, no consent, no live subscription. marts.data_quality names them.
select
    table_name,
    count(*) as count_statuses,
    sum(affected_rows) as affected_rows,
    sum(affected_share) as affected_share
from {{ ref('data_quality') }}
where metric in ('unmapped_order_status', 'unmapped_consent_status', 'unmapped_subscription_status')
group by table_name
