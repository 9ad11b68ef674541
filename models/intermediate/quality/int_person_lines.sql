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

answers as (
    select channel, purpose, is_contactable, has_consent, consent_status, count(*) as persons
    from {{ ref('int_customer_consent') }}
    group by channel, purpose, is_contactable, has_consent, consent_status
),

channels as (
    select
        channel || ' ' || purpose as channel,
        case when is_contactable then 'contactable' else 'not_contactable' end as line,
        case when is_contactable then 'none' when has_consent then 'withdrawn_after_day' else consent_status end as reason,
        persons
    from answers
),

counted as (
    select ids.ids, ids.junk_ids, persons.persons, persons.ids_of_persons, buyers.buyers, scored.scored
    from ids
    cross join persons
    cross join buyers
    cross join scored
),

lines as (
    {%- for section, line, entries in [
        ('ids', 'persons', 'persons'),
        ('ids', 'merged', 'ids_of_persons - persons'),
        ('ids', 'nobody', 'junk_ids'),
        ('ids', 'after_the_day', 'ids - junk_ids - ids_of_persons'),
        ('persons', 'with_orders', 'buyers'),
        ('persons', 'without_orders', 'persons - buyers'),
        ('with_orders', 'scored', 'scored'),
        ('with_orders', 'unscored', 'buyers - scored'),
    ] %}
    select '{{ section }}' as section, 'all' as channel, '{{ line }}' as line, 'none' as reason, {{ entries }} as entries
    from counted
    union all
    {%- endfor %}
    select 'channels', channel, line, reason, persons
    from channels
)

select
    section,
    channel,
    line,
    reason,
    sum(entries) as entries
from lines
group by section, channel, line, reason
