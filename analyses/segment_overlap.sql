-- How many customers two behavioural segments share, and what share of the smaller one that is.
-- SPINE_DB=shop.duckdb .venv/bin/dbt show --profiles-dir . --target published --limit 500 --select segment_overlap
with members as (
    select * from {{ ref('segment_members') }} where segment_kind = 'behaviour'
),

sizes as (
    select
        segment_key,
        count(*) as customers
    from members
    group by segment_key
)

select
    one.segment_key,
    other.segment_key as other_segment_key,
    count(*) as shared_customers,
    {{ ratio('count(*)', 'least(max(one_size.customers), max(other_size.customers))') }} as share_of_smaller
from members as one
inner join members as other
    on one.customer_id = other.customer_id and one.segment_key < other.segment_key
inner join sizes as one_size on one.segment_key = one_size.segment_key
inner join sizes as other_size on other.segment_key = other_size.segment_key
group by one.segment_key, other.segment_key
order by shared_customers desc, one.segment_key asc, other.segment_key asc
