{{ config(tags=['health', 'rows_shown']) }}
-- All marts are of as_of_date: after a killed or a partial run some would be of another day.
with days as (
    {%- for mart in [
        'customers', 'customer_rfm', 'customer_lifecycle', 'customer_value_tiers', 'customer_segments', 'segment_catalogue',
        'segment_members', 'segment_performance', 'clause_catalogue', 'segment_health', 'trait_catalogue', 'channel_eligibility',
        'revenue_by_owner', 'source_reconciliation', 'quarantined_rows', 'data_quality', 'customer_ids', 'customer_traits',
        'does_it_add_up', 'cut_points', 'segment_membership_history', 'segment_changes', 'segment_daily', 'segment_transitions',
        'customer_value_path', 'customer_activity_hashes',
    ] %}
    select '{{ mart }}' as mart, as_of_date, count(*) as affected_rows from {{ ref(mart) }} group by as_of_date
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    mart,
    as_of_date,
    affected_rows
from days
where as_of_date is distinct from {{ as_of_date() }}
