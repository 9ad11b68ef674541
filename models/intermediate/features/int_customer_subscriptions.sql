{% set as_of = as_of_date() -%}

with subscriptions as (
    select * from {{ ref('stg_subscriptions') }} where started_on <= {{ as_of }} and has_begun
),

customer_ids as (
    select * from {{ ref('int_customer_ids_resolved') }}
),

-- A status is of today. Of a subscription that ended after the day it says nothing about the day; and one that runs although it
-- was cancelled runs until what is paid for, or the trial, is over.
states as (
    select
        customer_ids.customer_id,
        subscriptions.monthly_amount,
        subscriptions.renews_on,
        coalesce(subscriptions.cancelled_on <= {{ as_of }}, false) as is_cancelled_by_date,
        coalesce(subscriptions.cancelled_on <= {{ as_of }}, subscriptions.subscription_status = 'cancelled') as is_cancelled,
        coalesce(subscriptions.trial_ends_on >= {{ as_of }}, subscriptions.subscription_status = 'trialing')
            as is_trial_running,
        case
            when subscriptions.ended_on > {{ as_of }} then subscriptions.is_live_status or subscriptions.is_ended_status
            when subscriptions.cancelled_on <= {{ as_of }}
                then
                    subscriptions.is_live_status
                    and (
                        coalesce(subscriptions.renews_on > {{ as_of }}, false)
                        or coalesce(subscriptions.trial_ends_on >= {{ as_of }}, subscriptions.renews_on is null)
                    )
            else subscriptions.is_live_status
        end as is_live
    from subscriptions
    inner join customer_ids on subscriptions.customer_id = customer_ids.source_customer_id
)

select
    customer_id,
    bool_or(is_live) as is_subscribed,
    bool_or(is_live and is_trial_running) as is_in_trial,
    bool_or(is_live and not is_trial_running and coalesce(monthly_amount > 0, false)) as has_paid_subscription,
    bool_or(is_cancelled) and not bool_or(is_live) as has_cancelled_subscription,
    min(
        case
            when is_live and not is_cancelled_by_date and renews_on >= {{ as_of }}
                then {{ days_between(as_of, 'renews_on') }}
        end
    ) as days_until_renewal
from states
group by customer_id
