with traits as (
    select * from {{ ref('int_customer_traits') }}
),

behaviour as (
    select
        customer_id,
        count(*) as count_behaviour_segments,
        {{ joined_text('segment_key') }} as behaviour_segments
    from {{ ref('int_customer_behaviour_segments') }}
    group by customer_id
)

select
    traits.customer_id,
    {{ as_of_date() }} as as_of_date,
    traits.rfm_segment,
    traits.lifecycle_stage,
    traits.value_tier,
    traits.engagement_tier,
    traits.top_category,
    coalesce(behaviour.count_behaviour_segments, 0) as count_behaviour_segments,
    behaviour.behaviour_segments,
    'rfm_' || traits.rfm_segment as rfm_segment_key,
    'lifecycle_' || traits.lifecycle_stage as lifecycle_segment_key,
    'value_' || traits.value_tier as value_segment_key,
    'engagement_' || traits.engagement_tier as engagement_segment_key
from traits
left join behaviour on traits.customer_id = behaviour.customer_id
