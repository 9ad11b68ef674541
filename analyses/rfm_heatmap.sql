-- Customers and revenue per recency and frequency score: the usual RFM heat map.
-- SPINE_DB=shop.duckdb .venv/bin/dbt show --profiles-dir . --target published --limit 50 --select rfm_heatmap
select
    recency_score,
    frequency_score,
    count(*) as customers,
    sum(monetary) as net_revenue
from {{ ref('customer_rfm') }}
group by recency_score, frequency_score
order by recency_score desc, frequency_score desc
