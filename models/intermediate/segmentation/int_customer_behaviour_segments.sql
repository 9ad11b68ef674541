with results_of_sql_traits as (
    select * from {{ ref('int_customer_clause_results') }}
),

results_of_row_traits as (
    select * from {{ ref('int_customer_row_clause_results') }}
),

groups_passed_by_default as (
    select distinct segment_key, rule_version, clause_group, clauses_to_pass
    from {{ ref('int_clauses') }}
    where clauses_to_pass = 0 and is_computable
),

-- Most customers have no row of a row trait, and so its default: only answers that differ from the default's are counted.
differences as (
    select customer_id, segment_key, rule_version, clause_group, clauses_to_pass, 1 as clauses_passed
    from results_of_sql_traits
    where is_passed
    union all
    select customer_id, segment_key, rule_version, clause_group, clauses_to_pass, case when is_passed then 1 else -1 end
    from results_of_row_traits
    where is_passed <> is_passed_by_default
    union all
    select
        customers.customer_id,
        groups_passed_by_default.segment_key,
        groups_passed_by_default.rule_version,
        groups_passed_by_default.clause_group,
        groups_passed_by_default.clauses_to_pass,
        0
    from {{ ref('int_customers') }} as customers
    cross join groups_passed_by_default
),

passed_groups as (
    select
        customer_id,
        segment_key,
        rule_version,
        clause_group
    from differences
    group by customer_id, segment_key, rule_version, clause_group
    having sum(clauses_passed) = max(clauses_to_pass)
)

select distinct
    customer_id,
    segment_key,
    rule_version
from passed_groups
