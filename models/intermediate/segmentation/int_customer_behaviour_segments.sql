with clause_results as (
    select * from {{ ref('int_customer_clause_results') }}
),

passed_groups as (
    select
        customer_id,
        segment_key,
        rule_version,
        clause_group
    from clause_results
    group by customer_id, segment_key, rule_version, clause_group
    having bool_and(is_passed)
)

select distinct
    customer_id,
    segment_key,
    rule_version
from passed_groups
