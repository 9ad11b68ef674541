with members as (
    {%- for table in ['members', 'nonsubscribed', 'unsubscribed', 'cleaned'] %}
    select euid, "email address", "phone number", "first name", "last name", cc, timezone, other_columns
    from {{ source('mailchimp', table) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    euid as customer_id,
    "email address" as email,
    ltrim("phone number", '''') as phone,
    "first name" as first_name,
    "last name" as last_name,
    upper(cc) as country,
    timezone,
    other_columns as attributes
from members
