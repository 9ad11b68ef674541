with consent as (
    select * from {{ ref('int_customer_consent') }}
)

select
    customer_id,
    {{ as_of_date() }} as as_of_date,
    channel,
    purpose,
    consent_status,
    has_consent,
    is_contactable,
    withdrawn_after_day,
    status_since
from consent
