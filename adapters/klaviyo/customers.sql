with profiles as (
    select * from {{ ref('_profiles') }}
),

persons as (
    select * from {{ source('klaviyo', 'person') }} where lower(_fivetran_deleted) is distinct from 'true'
)

select
    "klaviyo id" as customer_id,
    email,
    ltrim("phone number", '''') as phone,
    "first name" as first_name,
    "last name" as last_name,
    country,
    null as timezone,
    created_at as signed_up_at,
    other_columns as attributes,
    null as loaded_at
from profiles
union all
select
    id, email, phone_number, first_name, last_name, country, timezone, created, other_columns, _fivetran_synced
from persons
