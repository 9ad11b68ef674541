{{ config(tags=['health'], severity='warn') }}
-- A status without a row in its seed counts as no revenue, no consent, no live subscription. marts.data_quality names them.
select
    metric,
    count(*) as count_statuses,
    sum(affected_rows) as affected_rows
from {{ ref('data_quality') }}
where metric in ('unmapped_order_status', 'unmapped_consent_status', 'unmapped_subscription_status')
group by metric
