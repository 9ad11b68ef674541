-- Customers and revenue per recency and frequency score: the usual RFM heat map.
select
    recency_score,
    frequency_score,
    count(*) as customers,
    sum(monetary) as net_revenue
from {{ ref('customer_rfm') }}
group by recency_score, frequency_score
order by recency_score desc, frequency_score desc
