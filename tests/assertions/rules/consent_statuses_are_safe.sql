{{ config(tags=['rules']) }}
-- Contact needs an opt-in: no other status allows it, and none that allows it is as restrictive as one that does not.
with statuses as (
    select * from {{ ref('consent_statuses') }}
),

faults as (
    select source_status, 'the status allows contact and is no opt-in' as problem
    from statuses
    where is_contactable and consent_status <> 'opted_in'
    union all
    select source_status, 'the status allows contact, and is a withdrawal'
    from statuses
    where is_contactable and is_withdrawal
    union all
    select source_status, 'the status neither allows contact nor withdraws it, and is not pending'
    from statuses
    where not is_contactable and not is_withdrawal and consent_status <> 'pending'
    union all
    select source_status, 'the status holds for ever and allows contact'
    from statuses
    where is_for_ever and is_contactable
    union all
    select allowed.source_status, 'the status allows contact and is as restrictive as ' || min(forbidden.source_status)
    from statuses as allowed
    inner join statuses as forbidden
        on allowed.is_contactable and not forbidden.is_contactable
            and allowed.restrictiveness >= forbidden.restrictiveness
    group by allowed.source_status
    union all
    select min(source_status), 'rows of ' || consent_status || ' differ in what they mean'
    from statuses
    group by consent_status
    having
        count(distinct restrictiveness) > 1
        or count(distinct is_contactable) > 1
        or count(distinct is_withdrawal) > 1
        or count(distinct is_for_ever) > 1
    union all
    select 'opted_out', 'the row that unmapped statuses are judged by is missing'
    from statuses
    having count(case when source_status = 'opted_out' then 1 end) = 0
    union all
    select 'erased', 'erasure is missing, or does not hold for ever'
    from statuses
    having count(case when consent_status = 'erased' and is_for_ever then 1 end) = 0
)

select
    'consent_statuses' as rule_table,
    source_status,
    problem
from faults
