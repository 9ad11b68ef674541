with affected as (
    select * from {{ ref('int_affected_identifiers') }} where was_known
),

resolved as (
    select * from {{ ref('int_identifiers_resolved') }}
)

select
    affected.identifier_type,
    affected.identifier,
    affected.previous_customer_id,
    resolved.customer_id
from affected
left join resolved
    on affected.identifier_type = resolved.identifier_type and affected.identifier = resolved.identifier
where affected.previous_customer_id is distinct from resolved.customer_id
