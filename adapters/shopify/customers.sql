select
    ltrim(coalesce("Customer ID", "Email", "Phone"), '''') as customer_id,
    "Email" as email,
    ltrim("Phone", '''') as phone,
    "First Name" as first_name,
    "Last Name" as last_name,
    coalesce("Default Address Country Code", "Country Code") as country,
    "Tags" as tags
from {{ source('shopify', 'customers_export') }}
