with metrics as (
    select * from {{ ref('int_customer_rfm_metrics') }}
),

bands as (
    select * from {{ ref('rfm_fixed_bands') }}
),

-- How each axis is scored. One that is ranked has no cut points.
axes as (
    {%- for axis in rfm_axes() %}
    select
        '{{ axis.name }}' as axis,
        '{{ axis.method }}' as method,
        {{ axis.is_lower_better | string | lower }} as is_lower_better
    where {{ (not axis.is_ranked) | string | lower }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Greater is better on every axis.
measured as (
    {%- for axis in rfm_axes() %}
    select '{{ axis.name }}' as axis, cast({{ '-' if axis.is_lower_better }}{{ axis.metric }} as decimal(18, 2)) as goodness
    from metrics
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

histogram as (
    select
        axes.axis,
        axes.method,
        axes.is_lower_better,
        measured.goodness,
        cast(sum(count(*)) over (partition by axes.axis order by measured.goodness) as bigint) as upto,
        cast(count(*) as bigint) as customers,
        cast(sum(count(*)) over (partition by axes.axis) as bigint) as population
    from measured
    inner join axes on measured.axis = axes.axis and axes.method <> 'fixed'
    where (select count(*) from metrics) >= {{ whole_number('rfm_min_population', least=1) }}
    group by axes.axis, axes.method, axes.is_lower_better, measured.goodness
),

ntile_scores as (
    {{ ntile_scores('histogram') }}
),

quantile_scores as (
    {{ quantile_scores('histogram') }}
),

scored as (
    select axis, is_lower_better, score, goodness as worst from ntile_scores
    union all
    select axis, is_lower_better, score, goodness from quantile_scores
    union all
    select
        axes.axis,
        axes.is_lower_better,
        bands.score,
        case when axes.is_lower_better then -bands.max_value else bands.min_value end
    from axes
    inner join bands on axes.axis = bands.axis
    where axes.method = 'fixed'
)

select
    axis,
    cast(score as integer) as score,
    cast(case when is_lower_better then -min(worst) else min(worst) end as decimal(18, 2)) as worst_value
from scored
group by axis, score, is_lower_better
