-- How many customers are above each of several thresholds of a number: what would moving the line cost or bring?
-- SPINE_DB=shop.duckdb .venv/bin/dbt show --profiles-dir . --target published --limit 50 --select what_if_a_threshold_moves \
--     --vars '{trait: net_revenue_90d, low: 200, high: 400, step: 50}'
{% set numbers = traits() | selectattr('type', 'equalto', 'number') | map(attribute='name') | list -%}
{% set trait = one_of('trait', var('trait', 'net_revenue_90d'), numbers) if execute else 'net_revenue_90d' -%}
{% set low, high, step = var('low', 200) | float, var('high', 400) | float, var('step', 50) | float -%}
{% if step <= 0 or high < low or (high - low) / step > 1000 -%}
    {{ exceptions.raise_compiler_error("vars low, high and step must give 1 to 1000 thresholds") }}
{% endif -%}

{% for number in range(((high - low) / step + 0.000001) | int + 1) -%}
{% set threshold = (low + number * step) | round(6) -%}
select
    cast({{ threshold }} as decimal(24, 6)) as threshold,
    count(case when {{ trait }} > cast({{ threshold }} as decimal(24, 6)) then 1 end) as customers_above
from {{ ref('customers') }}
{{ 'union all' if not loop.last }}
{% endfor -%}
order by threshold
