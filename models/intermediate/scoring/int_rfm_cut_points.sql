with scored as (
    select * from {{ ref('int_customer_rfm_scored') }}
)
{% for axis, metric, worst in [
    ('recency', 'recency_days', 'max'), ('frequency', 'frequency', 'min'), ('monetary', 'monetary', 'min')
] %}
select
    '{{ axis }}' as axis,
    {{ axis }}_score as score,
    cast({{ worst }}({{ metric }}) as decimal(18, 2)) as worst_value
from scored
group by {{ axis }}_score
{{ 'union all' if not loop.last }}
{%- endfor %}
