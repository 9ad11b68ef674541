{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Subscriptions whose status and dates contradict each other. docs/definitions.md says how they are read; the contract says
-- which time each column is.
select
    subject,
    affected_rows,
    affected_share
from {{ ref('data_quality') }}
where metric = 'contradicting_dates' and affected_share > {{ share('max_reject_share') }}
