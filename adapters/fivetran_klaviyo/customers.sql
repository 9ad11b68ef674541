with persons as (
    select
        *,
        row_number() over (partition by id order by _fivetran_synced desc) as version
    from {{ source('fivetran_klaviyo', 'person') }}
)

select
    id as customer_id,
    email,
    phone_number as phone,
    first_name,
    last_name,
    country,
    timezone
from persons
where (version = 1 or id is null) and not coalesce(cast(_fivetran_deleted as boolean), false)
