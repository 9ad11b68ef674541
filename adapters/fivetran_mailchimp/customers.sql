-- A member is on several lists under one id, which is made of the address.
with members as (
    select
        *,
        row_number() over (partition by id order by last_changed desc, _fivetran_synced desc, list_id) as version
    from {{ source('fivetran_mailchimp', 'member') }}
)

select
    id as customer_id,
    email_address as email,
    merge_fname as first_name,
    merge_lname as last_name,
    country_code as country,
    language
from members
where version = 1 or id is null
