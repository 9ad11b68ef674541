{{ config(materialized='view') }}

select 'rfm_' || rfm_segment as segment_key, 'rfm' as segment_kind, customer_id, rule_version
from {{ ref('int_customer_rfm_segments') }}
where rfm_segment is not null
union all
select 'lifecycle_' || lifecycle_stage, 'lifecycle', customer_id, rule_version
from {{ ref('int_customer_lifecycle') }}
where lifecycle_stage is not null
union all
select 'value_' || value_tier, 'value', customer_id, rule_version
from {{ ref('int_customer_value_tiers') }}
where value_tier is not null
union all
select 'engagement_' || engagement_tier, 'engagement', customer_id, rule_version
from {{ ref('int_customer_engagement_tiers') }}
where engagement_tier is not null
union all
select segment_key, 'behaviour', customer_id, rule_version
from {{ ref('int_customer_behaviour_segments') }}
