{{ config(tags=['health', 'rows_shown'], group='spine') }}
-- An attribute that holds e-mail addresses or phone numbers is personal data, and marts are read by many: take out its row of
-- traits.csv. What hangs on the attributes is not built until then.
select
    trait,
    count(*) as affected_rows
from {{ ref('int_customer_attributes') }}
where (text_value like '%@%' or text_value like '%+%') and {{ holds_address('text_value') }}
group by trait
