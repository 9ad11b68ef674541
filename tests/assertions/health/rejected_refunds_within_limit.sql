{{ config(tags=['health', 'rows_shown'], severity='error', group='spine') }}
-- Too many refunds set aside: revenue would be too high. Those of orders that are not there take nothing from what counts. It
-- hangs on the customer ids, as rejected_orders_within_limit does.
-- depends_on: {{ ref('int_customer_ids') }}
with judged as (
    select
        count(*) as readable_rows,
        count(case when row_status = 'quarantined' and quarantine_reason <> 'unknown_order' then 1 end) as quarantined_rows
    from {{ ref('base_refunds') }}
    where row_status in ('staged', 'superseded', 'quarantined')
)

select *
from judged
where quarantined_rows > {{ share('max_reject_share') }} * readable_rows
