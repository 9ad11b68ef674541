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
    -- What has passed is far less than all.
    where is_passed
    group by customer_id, segment_key, rule_version, clause_group
    having count(*) = max(clauses_in_group)
)

select distinct
    customer_id,
    segment_key,
    rule_version
from passed_groups
