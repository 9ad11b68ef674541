with records as (
    select
        customer_id, coalesce(customer_email, billing_email) as email, billing_phone, billing_first_name,
        billing_last_name, billing_country, null as date_registered, false as is_record, order_date as known_at
    from {{ source('woocommerce', 'webtoffee_orders') }}
    union all
    select
        customer_id, billing_email, billing_phone, billing_first_name, billing_last_name, billing_country,
        null, false, "date"
    from {{ source('woocommerce', 'skyverge_orders') }}
    union all
    select
        customer_id, billing_email, billing_phone, billing_first_name, billing_last_name, billing_country,
        null, false, "date"
    from {{ source('woocommerce', 'skyverge_order_items') }}
    union all
    select
        coalesce(nullif(customer_id, '0'), email), email, billing_phone, coalesce(first_name, billing_first_name),
        coalesce(last_name, billing_last_name), billing_country, case when customer_id <> '0' then date_registered end,
        true, date_registered
    from {{ source('woocommerce', 'skyverge_customers') }}
)

-- The shop's own record of a customer says most, else the newest order does.
select
    customer_id,
    email,
    ltrim(billing_phone, '''') as phone,
    billing_first_name as first_name,
    billing_last_name as last_name,
    billing_country as country,
    date_registered as signed_up_at
from records
where customer_id <> '0'
qualify row_number() over (partition by customer_id order by is_record desc, known_at desc, email) = 1
