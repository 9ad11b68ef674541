with consent as (
    select *, channel || ' ' || purpose as subject from {{ ref('int_customer_consent') }}
),

withdrawals as (
    select distinct consent_id, stream
    from {{ ref('int_consent_records') }}
    where is_withdrawal
),

-- Ids that another table than consent knows. The others may be ids of another system.
acquainted as (
    select distinct withdrawals.consent_id
    from withdrawals
    inner join {{ ref('int_consent_reach') }} as reach on withdrawals.stream = reach.stream
    inner join {{ ref('int_customer_ids') }} as customer_ids on reach.customer_id = customer_ids.customer_id
    where customer_ids.is_known_elsewhere and not customer_ids.is_junk
),

counted as (
    select
        count(distinct withdrawals.consent_id) as withdrawals,
        count(distinct acquainted.consent_id) as acquainted_withdrawals
    from withdrawals
    left join acquainted on withdrawals.consent_id = acquainted.consent_id
)

select
    'opt_ins_held_back' as metric,
    subject,
    count(case when is_opt_in_held_back then 1 end) as affected_rows,
    count(case when is_opt_in_held_back or has_consent then 1 end) as total_rows
from consent
group by subject
union all
select
    'withdrawn_after_day',
    subject,
    count(case when withdrawn_after_day then 1 end),
    count(case when has_consent then 1 end)
from consent
group by subject
union all
select 'withdrawals_of_strangers', 'customer_id', withdrawals - acquainted_withdrawals, withdrawals
from counted
