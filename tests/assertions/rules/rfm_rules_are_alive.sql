{{ config(tags=['rules'], group='spine') }}
-- Each rule row of the day decides at least one score cell.
with rules as (
    select * from {{ ref('rfm_segments') }} where {{ is_valid_as_of() }}
)

select
    'rfm_segments' as rule_table,
    rules.priority,
    rules.rfm_segment,
    'rows before this one hold all of its score cells' as problem
from rules
left join {{ ref('int_rfm_grid') }} as grid on rules.priority = grid.priority
where grid.priority is null
