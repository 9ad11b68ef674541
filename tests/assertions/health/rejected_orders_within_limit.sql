{{ config(tags=['health', 'rows_shown'], severity='error', group='spine') }}
-- Too many orders set aside: what is left would mislead. It hangs on the customer ids too, so that a failure holds back
-- everything about customers, while the tables that explain it (quarantined_rows, source_reconciliation) are built.
-- depends_on: {{ ref('int_customer_ids') }}
with judged as (
    select
        count(*) as readable_rows,
        count(case when row_status = 'quarantined' then 1 end) as quarantined_rows
    from {{ ref('base_orders') }}
    where row_status in ('staged', 'superseded', 'quarantined')
)

select *
from judged
where quarantined_rows > {{ share('max_reject_share') }} * readable_rows
