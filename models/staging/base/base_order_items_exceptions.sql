with judged as {{ inlined() }} (
    select * from {{ ref('base_order_items') }}
),

exceptional as (
    {{ exceptional_rows('order_items', 'judged') }}
),

ranked as (
    select
        *,
        {{ version_rank('order_items') }}
    from exceptional
)

select
    {{ version_columns('order_items') }},
    key_hash
from ranked
