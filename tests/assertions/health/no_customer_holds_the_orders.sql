{{ config(tags=['health', 'rows_shown'], severity='warn') }}
-- One customer has an absurd share of all orders: most likely their id stands for nobody, such as a guest or an unknown. Put it
-- into junk_identifiers; raise max_order_share if it is a real customer.
select
    affected_rows,
    total_rows,
    affected_share
from {{ ref('data_quality') }}
where metric = 'orders_of_one_customer' and total_rows >= 10 and affected_share > {{ share('max_order_share') }}
