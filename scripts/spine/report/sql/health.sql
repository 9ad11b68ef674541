-- One row per segment that is out of its bounds, or that cannot be computed.
select
    health.segment_key,
    segments.label,
    health.health_status,
    health.reason,
    segments.lacks,
    health.customer_share,
    health.min_share_warn,
    health.max_share_warn,
    health.data_completeness,
    health.min_completeness
from marts.segment_health as health
inner join marts.segments as segments on health.segment_key = segments.segment_key
where health.health_status <> 'ok'
order by health.health_status, segments.priority, health.segment_key
