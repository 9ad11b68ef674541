-- Spreadsheets keep the digits of numbers by an apostrophe, and so does the export.
with customers as (
    select
        *,
        ltrim(coalesce("Customer ID", "Email", "Phone"), '''') as customer_id,
        lower(trim("Email")) as address,
        lower(coalesce("Accepts Email Marketing", "Accepts Marketing")) as accepts_email,
        lower("Accepts SMS Marketing") as accepts_sms
    from {{ source('shopify', 'customers_export') }}
),

orders as (
    select
        coalesce("Id", "Name") as order_id,
        lower(trim("Email")) as address,
        lower("Accepts Marketing") as accepts_email,
        case when try_strptime("Created at", '%Y-%m-%d %H:%M:%S %z') is not null then "Created at" end as occurred_at
    from {{ source('shopify', 'orders_export') }}
    where "Accepts Marketing" is not null and "Email" is not null
),

-- The customers export tells how it is today: who accepts today is not withdrawn by an order that did not ask anew.
said as (
    select
        'order:' || order_id as consent_id,
        null as customer_id,
        address,
        'email' as channel,
        accepts_email as accepts,
        occurred_at,
        'order' as source
    from orders
    where accepts_email = 'yes' or address not in (
        select address from customers where accepts_email = 'yes' and address is not null
    )
    union all
    select 'email:' || customer_id, customer_id, address, 'email', accepts_email, null, 'customer'
    from customers
    where accepts_email is not null
    union all
    select 'sms:' || customer_id, customer_id, ltrim("Phone", ''''), 'sms', accepts_sms, null, 'customer'
    from customers
    where accepts_sms is not null
)

-- Where no date is told, as of today's state, a yes gives way to whatever else was said, and a no holds from now.
select
    consent_id,
    customer_id,
    address,
    channel,
    case accepts when 'yes' then 'opted_in' when 'no' then 'not_subscribed' else accepts end as status,
    coalesce(
        occurred_at,
        case when accepts = 'yes' then '1970-01-01' end,
        cast(current_timestamp at time zone 'UTC' as varchar)
    ) as occurred_at,
    source
from said
