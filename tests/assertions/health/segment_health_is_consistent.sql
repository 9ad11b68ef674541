{{ config(tags=['health', 'rows_shown']) }}
-- The verdict on a segment says what its numbers say, and every active segment has one.
select
    catalogue.segment_key,
    health.health_status,
    health.is_within_bounds
from {{ ref('segment_catalogue') }} as catalogue
left join {{ ref('segment_health') }} as health on catalogue.segment_key = health.segment_key
where
    catalogue.status in ('active', 'not_computable')
    and (
        health.health_status is null
        or (catalogue.status = 'not_computable') <> (health.health_status = 'not_computable')
        or health.is_within_bounds <> (health.health_status = 'ok')
        or (health.health_status <> 'ok' and health.reason is null)
    )
