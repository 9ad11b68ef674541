{{ config(tags=['health', 'rows_shown'], severity='error', group='spine') }}
-- Records of order files that cannot be read as rows are orders lost, too. Hung on the customer ids, so that a failure holds
-- back everything about customers, and none of the tables that explain it.
-- depends_on: {{ ref('int_customer_ids') }}
with unreadable as (
    select count(*) as unreadable_rows
    from {{ ref('stg_unreadable_rows') }}
    where table_name = 'orders'
)

select
    counts.table_name,
    counts.raw_rows,
    unreadable.unreadable_rows
from {{ ref('stg_source_row_counts') }} as counts
cross join unreadable
where
    counts.table_name = 'orders'
    and unreadable.unreadable_rows > {{ share('max_reject_share') }} * counts.raw_rows
