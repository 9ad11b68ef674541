with customers as (
    select * from {{ ref('int_customers') }}
),

engagement as (
    select * from {{ ref('int_customer_engagement') }}
),

unmet_needs as (
    select * from {{ ref('int_trait_needs') }} where trait = 'engagement_tier' and not is_met
),

tiers as (
    select * from {{ ref('engagement_tiers') }} where {{ is_valid_as_of() }}
),

pointed as (
    select
        customers.customer_id,
        coalesce(engagement.engagement_points, 0) as engagement_points,
        coalesce(engagement.engaging_events_90d, 0) > 0 as has_engagement
    from customers
    left join engagement on customers.customer_id = engagement.customer_id
),

matched as (
    select
        pointed.customer_id,
        pointed.engagement_points,
        tiers.engagement_tier,
        tiers.version as rule_version,
        row_number() over (partition by pointed.customer_id order by tiers.priority) as tier_rank
    from pointed
    left join tiers
        on pointed.has_engagement = tiers.has_engagement
            and pointed.engagement_points >= tiers.min_points
            and pointed.engagement_points < tiers.max_points
)

select
    customer_id,
    engagement_points,
    engagement_tier,
    rule_version
from matched
where tier_rank = 1 and not exists (select 1 from unmet_needs)
