{{ config(tags=['health', 'rows_shown'], severity='error', group='spine') }}
-- Too many orders have a status that order_statuses does not know, and count as no revenue. Add rows for your statuses there
-- (intermediate.int_unmapped_names names them). Everything about customers is held back.
-- depends_on: {{ ref('int_customer_ids') }}
with counted as (
    select
        count(*) as orders,
        count(case when order_status = 'unmapped' then 1 end) as orders_of_unmapped_status
    from {{ ref('stg_orders') }}
)

select
    orders,
    orders_of_unmapped_status
from counted
where orders_of_unmapped_status > {{ share('max_unmapped_share') }} * orders
