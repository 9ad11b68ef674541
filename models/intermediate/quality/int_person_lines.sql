{{ config(materialized='view') }}

with ids as (
    select count(*) as ids, count(case when is_junk then 1 end) as junk_ids
    from {{ ref('int_customer_ids') }}
),

persons as (
    select count(*) as persons, coalesce(sum(count_customer_ids), 0) as ids_of_persons
    from {{ ref('int_customers') }}
),

buyers as (
    select count(*) as buyers
    from {{ ref('int_customer_rfm_metrics') }}
),

scored as (
    select count(rfm_score) as scored
    from {{ ref('int_customer_rfm_scored') }}
),

channels as (
    select
        channel || ' ' || purpose as channel,
        case when is_contactable then 'contactable' else 'not_contactable' end as line,
        case when is_contactable then 'none' when has_consent then 'withdrawn_after_day' else consent_status end as reason
    from {{ ref('int_customer_consent') }}
),

lines as (
    select 'ids' as section, 'all' as channel, 'persons' as line, 'none' as reason, persons as entries from persons
    union all
    select 'ids', 'all', 'merged', 'none', ids_of_persons - persons from persons
    union all
    select 'ids', 'all', 'nobody', 'none', junk_ids from ids
    union all
    select 'ids', 'all', 'after_the_day', 'none', ids - junk_ids - ids_of_persons from ids cross join persons
    union all
    select 'persons', 'all', 'with_orders', 'none', buyers from buyers
    union all
    select 'persons', 'all', 'without_orders', 'none', persons - buyers from persons cross join buyers
    union all
    select 'with_orders', 'all', 'scored', 'none', scored from scored
    union all
    select 'with_orders', 'all', 'unscored', 'none', buyers - scored from buyers cross join scored
    union all
    select 'channels', channel, line, reason, 1 from channels
)

select
    section,
    channel,
    line,
    reason,
    sum(entries) as entries
from lines
group by section, channel, line, reason
