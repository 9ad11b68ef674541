-- How many customers a one-clause change would let in or out: the distribution of a trait around a threshold.
-- dbt show --select what_if_a_threshold_moves --vars '{trait: net_revenue_90d, low: 200, high: 400, step: 50}' --limit 50
{% set known_traits = traits() | map(attribute='name') | list or ['net_revenue_90d'] -%}
{% set trait = one_of('trait', var('trait', 'net_revenue_90d'), known_traits) -%}
{% set low, high, step = var('low', 200) | int, var('high', 400) | int, var('step', 50) | int -%}

{% for threshold in range(low, high + 1, step) -%}
select
    {{ threshold }} as threshold,
    count(case when {{ trait }} > {{ threshold }} then 1 end) as customers_above
from {{ ref('customers') }}
{{ 'union all' if not loop.last }}
{% endfor -%}
order by threshold
