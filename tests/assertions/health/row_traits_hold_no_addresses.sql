{{ config(tags=['health', 'rows_shown']) }}
-- An attribute that holds e-mail addresses is personal data, and marts.customer_traits is read by many: take out its row of traits.csv.
select
    trait,
    count(*) as affected_rows
from {{ ref('customer_traits') }}
where text_value like '%@%' and {{ to_address('text_value') }} like 'email:%'
group by trait
