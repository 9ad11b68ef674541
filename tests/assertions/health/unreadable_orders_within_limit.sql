{{ config(tags=['health', 'rows_shown'], severity='error', group='spine') }}
-- Records of order files that cannot be read as rows are orders lost, too. Hung on the customer ids, so that a failure holds
-- back everything about customers, and none of the tables that explain it.
-- depends_on: {{ ref('int_customer_ids') }}
with readable as (
    select count(*) as readable_rows
    from {{ ref('base_orders') }}
    where row_status in ('staged', 'superseded', 'quarantined', 'not_yet_known')
),

unreadable as (
    select count(*) as unreadable_rows
    from {{ ref('stg_unreadable_rows') }}
    where table_name = 'orders'
)

select
    readable.readable_rows,
    unreadable.unreadable_rows
from readable
cross join unreadable
where
    unreadable.unreadable_rows
    > {{ share('max_reject_share') }} * (readable.readable_rows + unreadable.unreadable_rows)
