with affinity as (
    select * from {{ ref('int_customer_category_affinity') }}
),

ranked as (
    select
        *,
        sum(affinity_points) over (partition by customer_id) as total_points,
        row_number() over (partition by customer_id order by affinity_points desc, category asc) as category_rank,
        count(case when purchases > 0 then 1 end) over (partition by customer_id) as categories_bought_life
    from affinity
)

select
    customer_id,
    case
        when total_points > 0 and affinity_points >= {{ share('top_category_min_share') }} * total_points then category
    end as top_category,
    {{ ratio('affinity_points', 'total_points') }} as top_category_share,
    categories_bought_life
from ranked
where category_rank = 1
