with rules as (
    select * from {{ ref('traits') }}
)

select
    trait,
    type as trait_type,
    measure,
    activity,
    scope,
    scope_value,
    case when from_days = 'life' then 0 else {{ to_integer('from_days') }} end as from_days,
    case when to_days = 'life' then {{ days_of_a_life() }} else {{ to_integer('to_days') }} end as to_days,
    case
        when measure = 'attribute' then 'profile'
        when activity = 'ordered' and (scope in ('category', 'product') or measure = 'quantity') then 'order_line'
        when activity in ('ordered', 'refunded') then 'order'
        else 'event'
    end as counted_in,
    case when measure in ('count', 'days', 'revenue', 'quantity') then cast(0 as decimal(24, 6)) end as default_number,
    case when measure = 'has_done' then 'false' end as default_text,
    meaning
from rules
