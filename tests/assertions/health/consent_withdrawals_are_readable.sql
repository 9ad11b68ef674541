{{ config(tags=['health', 'rows_shown'], severity='error', group='spine') }}
-- A withdrawal that was set aside leaves an earlier consent in force; a row that cannot be read at all may be one. Hung on the
-- customer ids, so that a failure holds back everything about customers: nobody may be sent to before the row is mended.
-- depends_on: {{ ref('int_customer_ids') }}
with set_aside as (
    select consent.quarantine_reason
    from {{ ref('base_consent') }} as consent
    where consent.row_status = 'quarantined' and consent.is_withdrawal
    union all
    select quarantine_reason
    from {{ ref('stg_unreadable_rows') }}
    where table_name = 'consent'
)

select
    quarantine_reason,
    count(*) as affected_rows
from set_aside
group by quarantine_reason
