with identities as (
    select * from {{ ref('base_identities') }} where row_status = 'staged'
)

select
    identities.identifier_type,
    identities.identifier,
    identities.customer_id,
    identities.linked_at,
    {{ local_date('identities.linked_at') }} as linked_on,
    identities.loaded_at
from identities
