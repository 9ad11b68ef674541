{{ config(tags=['health', 'rows_shown']) }}
-- Every entry and every exit of the day has a cause of docs/definitions.md; a stay has a cause of its end when it has ended.
with stays as (
    select * from {{ ref('segment_membership_history') }}
),

causes as (
    select segment_key, 'entered' as change, entry_cause as cause
    from stays
    where entered_on = {{ as_of_date() }} and entry_cause <> 'start'
    union all
    select segment_key, 'entered', 'none' from stays where entry_cause is null
    union all
    select segment_key, 'left', coalesce(exit_cause, 'none') from stays where exited_on = {{ as_of_date() }}
    union all
    select segment_key, 'still in', exit_cause from stays where exited_on is null and exit_cause is not null
)

select
    segment_key,
    change,
    cause,
    count(*) as count_customers
from causes
where
    change = 'still in'
    or cause not in (
        {%- for cause in causes() %}
        '{{ cause }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )
group by segment_key, change, cause
