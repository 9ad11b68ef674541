{{ config(group='spine') }}

-- Why is a customer in a behavioural segment, or not? Every clause with the customer's value, the threshold, and how far the
-- value is from flipping it. Put in the two ids, then: dbt show --select why_is_customer_here --limit 50
select
    segment_key,
    clause_group,
    trait,
    operator,
    value as threshold,
    coalesce(cast(number_value as {{ dbt.type_string() }}), text_value) as customer_value,
    is_passed,
    number_value - number_from as distance_from_threshold
from {{ ref('int_customer_clause_results') }}
where
    customer_id = '{{ var("customer_id", "") }}'
    and segment_key = '{{ var("segment_key", "") }}'
order by clause_group, trait
