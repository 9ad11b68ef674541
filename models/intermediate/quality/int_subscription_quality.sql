{% set as_of = as_of_date() -%}

with subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

judged as (
    select
        cancelled_on < started_on as is_cancelled_before_start,
        trial_ends_on < started_on as is_trial_over_before_start,
        subscription_status = 'trialing' and trial_ends_on < {{ as_of }} as is_trialing_after_trial,
        is_live_status
        and cancelled_on <= {{ as_of }}
        and coalesce(renews_on <= {{ as_of }}, true)
        and coalesce(trial_ends_on < {{ as_of }}, true) as is_live_after_cancelling
    from subscriptions
    where started_on <= {{ as_of }}
)

{% set checks = {
    'cancelled_at before started_at': 'is_cancelled_before_start',
    'trial_ends_at before started_at': 'is_trial_over_before_start',
    'status trialing after trial_ends_at': 'is_trialing_after_trial',
    'status live after cancelled_at': 'is_live_after_cancelling',
} -%}
{% for subject, check in checks.items() -%}
select
    '{{ subject }}' as subject,
    count(case when {{ check }} then 1 end) as affected_rows,
    count(*) as total_rows
from judged
{{ 'union all' if not loop.last }}
{% endfor %}
