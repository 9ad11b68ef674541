-- One row per recency and frequency score: who has both, what they bring, and the segment that most of them are in.
with cells as (
    select
        recency_score,
        frequency_score,
        rfm_segment,
        count(*) as customers,
        sum(monetary) as net_revenue
    from marts.customer_rfm
    where recency_score is not null and frequency_score is not null
    group by recency_score, frequency_score, rfm_segment
)

select
    recency_score,
    frequency_score,
    cast(sum(customers) as bigint) as customers,
    sum(net_revenue) as net_revenue,
    first(rfm_segment order by customers desc, rfm_segment) as rfm_segment
from cells
group by recency_score, frequency_score
order by recency_score, frequency_score
