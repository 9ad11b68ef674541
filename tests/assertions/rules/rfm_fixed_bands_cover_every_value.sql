{{ config(tags=['rules']) }}
-- Every value of an axis has one score: bands follow each other without overlap or gap, from the worst score to the best.
{%- set methods = var('rfm_methods') %}
with bands as (
    select
        *,
        case when axis = 'monetary' then 0.01 else 1 end as step,
        lag(max_value) over (partition by axis order by min_value) as previous_max_value,
        lag(score) over (partition by axis order by min_value) as previous_score,
        row_number() over (partition by axis order by min_value) as from_below,
        row_number() over (partition by axis order by min_value desc) as from_above
    from {{ ref('rfm_fixed_bands') }}
),

axes as (
    {%- for axis in ['recency', 'frequency', 'monetary'] %}
    select '{{ axis }}' as axis, {{ (methods.get(axis) == 'fixed') | string | lower }} as is_used
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

faults as (
    select axis, score, 'the band does not begin where the one below it ends' as problem
    from bands
    where min_value <> previous_max_value + step
    union all
    select axis, score, 'the lowest band begins above values that occur'
    from bands
    where from_below = 1 and min_value > case when axis = 'monetary' then -99999999 else 0 end
    union all
    select axis, score, 'the highest band ends below values that occur'
    from bands
    where from_above = 1 and max_value < 99999999
    union all
    select axis, score, 'a better value has a worse score'
    from bands
    where case when axis = 'recency' then score >= previous_score else score <= previous_score end
    union all
    select axis, score, 'the score is not one of 1 to 5'
    from bands
    where score not between 1 and 5
    union all
    select bands.axis, bands.score, 'there is no such axis'
    from bands
    left join axes on bands.axis = axes.axis
    where axes.axis is null
    union all
    select axes.axis, cast(null as integer), 'the axis is scored by fixed bands and has none'
    from axes
    left join bands on axes.axis = bands.axis
    where axes.is_used and bands.axis is null
)

select
    'rfm_fixed_bands' as rule_table,
    axis,
    score,
    problem
from faults
