with movers as (
    select * from {{ ref('int_movers') }}
),

scored as (
    select scored.*
    from {{ ref('int_customer_rfm_scored') }} as scored
    inner join movers on scored.customer_id = movers.customer_id
),

cut_points as (
    select * from {{ ref('int_premise_cut_points') }} where rule_table = 'rfm_scores'
),

premises as (
    select distinct premise from {{ ref('int_premise_cut_points') }}
),

-- A rank has no cut points: it stays what it is under every premise.
measured as (
    {%- for axis in rfm_axes() %}
    select
        customer_id,
        '{{ axis.metric }}' as metric,
        '{{ axis.name }}_score' as trait,
        cast({{ axis.metric }} as decimal(24, 6)) as value,
        {{ axis.name ~ '_score' if axis.is_ranked else 'cast(null as integer)' }} as rank_score
    from scored
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    measured.customer_id,
    premises.premise,
    measured.trait,
    coalesce(measured.rank_score, cast(cut_points.band as integer)) as score
from measured
cross join premises
left join cut_points
    on premises.premise = cut_points.premise
        and measured.metric = cut_points.metric
        and coalesce(measured.value >= cut_points.lowest_value, true)
        and coalesce(measured.value <= cut_points.highest_value, true)
