with customers as (
    select * from {{ ref('base_customers') }} where row_status = 'staged'
)

select
    customers.customer_id,
    customers.email,
    customers.phone,
    customers.first_name,
    customers.last_name,
    customers.country,
    customers.language,
    customers.timezone,
    customers.birth_date,
    customers.loyalty_tier,
    customers.signed_up_at,
    {{ local_date('customers.signed_up_at') }} as signed_up_on,
    customers.acquisition_channel,
    customers.acquisition_cost,
    customers.attributes,
    customers.other_columns,
    customers.loaded_at
from customers
