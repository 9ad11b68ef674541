with support_tickets as (
    select * from {{ ref('base_support_tickets') }} where row_status = 'staged'
)

select
    support_tickets.ticket_id,
    support_tickets.customer_id,
    support_tickets.opened_at,
    {{ local_date('support_tickets.opened_at') }} as opened_on,
    support_tickets.closed_at,
    {{ local_date('support_tickets.closed_at') }} as closed_on,
    support_tickets.satisfaction,
    support_tickets.nps,
    support_tickets.loaded_at
from support_tickets
