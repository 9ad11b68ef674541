{{ config(tags=['health', 'rows_shown'], severity='error', group='spine') }}
-- There are orders, but none on or before as_of_date: most likely a mistyped day. Empty marts must not replace full ones, so
-- everything about customers is held back.
-- depends_on: {{ ref('int_customer_ids') }}
with ordered as (
    select
        count(*) as staged_orders,
        min(ordered_on) as first_ordered_on
    from {{ ref('stg_orders') }}
)

select staged_orders
from ordered
where staged_orders > 0 and first_ordered_on > {{ as_of_date() }}
