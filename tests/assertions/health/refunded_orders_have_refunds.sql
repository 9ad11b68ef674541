{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- Orders whose status says that money went back, of which no refund tells: their revenue is counted in full. Bring the refunds.
-- Where a shop brings none at all, an order of status refunded counts as given back (implied in does_it_add_up).
select
    subject,
    affected_rows,
    total_rows
from {{ ref('data_quality') }}
where metric = 'missing_refunds' and affected_rows > 0
