with segments as (
    select segment_key, segment_kind, case when status = 'active' then 0 end as none
    from {{ ref('int_segments') }}
    where status in ('active', 'not_computable')
),

measured as (
    select * from {{ ref('int_segment_measures') }}
),

movements as (
    select
        segment_key,
        max(segment_kind) as segment_kind,  -- a key whose kind has changed has movements of both
        {%- for cause in causes() %}
        count(case when is_entry and cause = '{{ cause }}' then 1 end) as entries_{{ cause }},
        count(case when not is_entry and cause = '{{ cause }}' then 1 end) as exits_{{ cause }},
        {%- endfor %}
        count(case when is_entry then 1 end) as entries,
        count(case when not is_entry then 1 end) as exits
    from {{ ref('int_segment_movement_causes') }}
    group by segment_key
),

-- Whoever was in a segment that is no longer in use has left it.
keys as (
    select segment_key, segment_kind, none from segments
    union all
    select segment_key, segment_kind, 0
    from movements
    where segment_key not in (select segment_key from segments)
),

counted as (
    select
        keys.segment_key,
        keys.segment_kind,
        coalesce(measured.customers, keys.none) as customers,
        coalesce(movements.entries, keys.none) as entries,
        coalesce(movements.exits, keys.none) as exits,
        {%- for cause in causes() %}
        coalesce(movements.entries_{{ cause }}, keys.none) as entries_{{ cause }},
        coalesce(movements.exits_{{ cause }}, keys.none) as exits_{{ cause }},
        {%- endfor %}
        {#- Not is_contactable: withdrawals of later days would count on the past days of a backfill. #}
        {%- for channel in contact_channels() %}
        coalesce(measured.count_has_consent_{{ channel }}, keys.none) as with_consent_{{ channel }},
        {%- endfor %}
        coalesce(measured.net_revenue_365d, keys.none) as net_revenue_365d
    from keys
    left join measured on keys.segment_key = measured.segment_key
    left join movements on keys.segment_key = movements.segment_key
)

select
    segment_key,
    segment_kind,
    {{ as_of_date() }} as day,
    cast(customers as bigint) as customers,
    cast(customers - entries + exits as bigint) as customers_before,
    cast(entries as bigint) as entries,
    cast(exits as bigint) as exits,
    {{ ratio('entries', 'customers - entries + exits') }} as churn_in_rate,
    {{ ratio('exits', 'customers - entries + exits') }} as churn_out_rate,
    {%- for cause in causes() %}
    cast(entries_{{ cause }} as bigint) as entries_{{ cause }},
    cast(exits_{{ cause }} as bigint) as exits_{{ cause }},
    {%- endfor %}
    {%- for channel in contact_channels() %}
    cast(with_consent_{{ channel }} as bigint) as with_consent_{{ channel }},
    {%- endfor %}
    cast(net_revenue_365d as decimal(18, 2)) as net_revenue_365d
from counted
