with judged as {{ inlined() }} (
    select * from {{ ref('base_events') }}
),

exceptional as (
    {{ exceptional_rows('events', 'judged') }}
),

ranked as (
    select
        *,
        {{ version_rank('events') }}
    from exceptional
)

select
    {{ version_columns('events') }},
    key_hash
from ranked
