{%- set axes = ['recency_score', 'frequency_score', 'monetary_score'] %}

with scores as (
    select * from {{ ref('int_premise_scores') }}
),

cut_points as (
    select * from {{ ref('int_premise_cut_points') }}
),

movers as (
    select * from {{ ref('int_movers') }}
),

cells as (
    select
        premise,
        priority,
        {%- for axis in axes %}
        max(case when metric = '{{ axis }}' then lowest_value end) as least_{{ axis }},
        max(case when metric = '{{ axis }}' then highest_value end) as most_{{ axis }},
        {%- endfor %}
        band
    from cut_points
    where rule_table = 'rfm_segments'
    group by premise, priority, band
),

scored as (
    select
        customer_id,
        {%- for axis in axes %}
        max(case when trait = '{{ axis }}' then score end) as {{ axis }},
        {%- endfor %}
        premise
    from scores
    group by customer_id, premise
),

segmented as (
    select
        scored.customer_id,
        scored.premise,
        cells.band,
        row_number() over (partition by scored.customer_id, scored.premise order by cells.priority) as rule_rank
    from scored
    left join cells
        on scored.premise = cells.premise
            {%- for axis in axes %}
            and scored.{{ axis }} between cells.least_{{ axis }} and cells.most_{{ axis }}
            {%- endfor %}
),

-- The values by which tiers are drawn.
measured as (
    select customer_id, 'value_tiers' as rule_table, 'value_tier' as trait, 'value_basis' as metric, value_basis as value
    from {{ ref('int_customer_value_tiers') }}
    union all
    select
        tiers.customer_id,
        'engagement_tiers',
        'engagement_tier',
        'engagement_points',
        case when engagement.engaging_events_90d > 0 then tiers.engagement_points end
    from {{ ref('int_customer_engagement_tiers') }} as tiers
    left join {{ ref('int_customer_engagement') }} as engagement on tiers.customer_id = engagement.customer_id
),

-- Only tiers of those without any engagement have no bounds of points.
tiers as (
    select
        premise,
        rule_table,
        band,
        max(case when metric <> 'has_engagement' then lowest_value end) as lowest_value,
        max(case when metric <> 'has_engagement' then highest_value end) as highest_value,
        max(case when metric = 'has_engagement' then lowest_value else 1 end) as has_engagement
    from cut_points
    where rule_table in ('value_tiers', 'engagement_tiers')
    group by premise, rule_table, band
)

select
    customer_id,
    premise,
    trait,
    cast(score as decimal(24, 6)) as number_value,
    cast(null as {{ dbt.type_string() }}) as text_value
from scores
union all
select
    customer_id,
    premise,
    'rfm_segment',
    null,
    coalesce(band, 'unscored')
from segmented
where rule_rank = 1
union all
select customer_id, premise, 'lifecycle_stage', null, lifecycle_stage
from {{ ref('int_premise_lifecycle_stages') }}
union all
select measured.customer_id, tiers.premise, measured.trait, null, tiers.band
from measured
inner join movers on measured.customer_id = movers.customer_id
inner join tiers
    on measured.rule_table = tiers.rule_table
        and case
            when measured.value is null then tiers.has_engagement = 0
            else
                tiers.has_engagement = 1
                and coalesce(measured.value >= tiers.lowest_value, true)
                and coalesce(measured.value <= tiers.highest_value, true)
        end
